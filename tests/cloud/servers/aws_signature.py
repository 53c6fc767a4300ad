"""Check AWS signatures (version 4) of requests that arrive at a test server, with botocore's own signer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.cloud.servers.s3 import AwsKey

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_SKEW = timedelta(minutes=5)


class AwsAuthError(Exception):
    """The request is not who it says it is: the error code of the service, with HTTP status 403."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class KeyRing:
    """The access keys a service knows; expired ones it knows too, and says so."""

    def __init__(self, *keys: AwsKey) -> None:
        self._keys = {key.access_key: key for key in keys}
        self._expired: set[str] = set()

    def add(self, key: AwsKey) -> None:
        """Let a key in."""
        self._keys[key.access_key] = key

    def expire(self, key: AwsKey) -> None:
        """From now on the key is refused as expired."""
        self._expired.add(key.access_key)

    def verify(self, method: str, url: str, headers: Mapping[str, str], body: bytes, service: str) -> AwsKey:
        """The key that signed the request for that service; ``AwsAuthError`` if none of ours did.

        ``url`` is as it was sent, path and query not decoded; ``headers`` are case-insensitive.
        """
        match = _AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
        if match is None:
            raise AwsAuthError("MissingAuthenticationTokenException", "Missing Authentication Token")
        key = self._keys.get(match["key"])
        if key is None or (key.session_token or "") != headers.get("X-Amz-Security-Token", ""):
            raise AwsAuthError("UnrecognizedClientException", "The security token included in the request is invalid.")
        if key.access_key in self._expired:
            raise AwsAuthError("ExpiredTokenException", "The security token included in the request is expired")
        if match["service"] != service:
            raise AwsAuthError(
                "InvalidSignatureException", f"Credential should be scoped to correct service: {service}"
            )
        self._check_time(headers.get("X-Amz-Date", ""))
        claimed = headers.get("X-Amz-Content-SHA256")
        body_fits = claimed is None or claimed == hashlib.sha256(body).hexdigest()
        if not body_fits or _signature(key, match, method, url, headers, body) != match["signature"]:
            message = "The request signature we calculated does not match the signature you provided."
            raise AwsAuthError("InvalidSignatureException", message)
        return key

    @staticmethod
    def _check_time(date: str) -> None:
        try:
            signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise AwsAuthError("IncompleteSignatureException", "X-Amz-Date is missing or malformed.") from error
        if abs(datetime.now(UTC) - signed) > _SKEW:
            raise AwsAuthError("InvalidSignatureException", f"Signature expired: {date} is now too far from our time.")


def _signature(
    key: AwsKey, match: re.Match[str], method: str, url: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The signature the request ought to have."""
    signed = {name: headers.get(name, "") for name in match["headers"].split(";")}
    request = AWSRequest(method=method, url=url, data=body, headers=signed)
    request.context["timestamp"] = headers.get("X-Amz-Date", "")
    signer = SigV4Auth(Credentials(key.access_key, key.secret_key), match["service"], match["region"])
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))
