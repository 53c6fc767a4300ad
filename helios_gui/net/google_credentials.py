"""Google credentials by reference: a key file, the machine's metadata server, or Google's own defaults.

Everything here blocks; ``google_auth`` runs it on a thread.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import google.auth
from google.auth import credentials, exceptions, impersonated_credentials, jwt
from google.oauth2 import id_token, service_account

from helios_gui.translation import mark, tr
from helios_gui.types import CredentialsError
from helios_gui.utils.files import expand_home
from helios_gui.utils.json_text import read_json

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_PASSING = {429, 500, 502, 503, 504}
_IAM_ENDPOINT = "https://iamcredentials.googleapis.com"
_ID_TOKENS_NEED = mark(
    "Name a service-account key file in the profile, a service account to impersonate, or run where there is a "
    "metadata server."
)


@dataclass(frozen=True, slots=True)
class CredentialsSource:
    """Where Google credentials come from; references only. Empty text means "not given".

    ``service_account_key`` is the path of a key file, ``impersonate`` the email of the service account to act as
    (on top of any other source), ``metadata_host`` the host and port of a metadata server. With none of them,
    Google's application default credentials. ``token_url`` and ``iam_credentials_endpoint`` replace Google's own.
    """

    service_account_key: str = ""
    impersonate: str = ""
    metadata_host: str = ""
    token_url: str = ""
    iam_credentials_endpoint: str = ""

    def make(self, audience: str | None, request: Any) -> Any:
        """Return google-auth's credentials.

        Args:
            audience: The service that ID tokens are made for; ``None`` for access tokens.
            request: How google-auth sends requests.

        Raises:
            CredentialsError: The reference leads nowhere. google-auth's own errors are raised, too.
        """
        if self.impersonate:
            source = self._source(None, request)
            if audience is not None:
                return _ImpersonatedIdToken(source, self._iam_url("generateIdToken"), audience)
            return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
                source_credentials=source,
                target_principal=self.impersonate,
                target_scopes=list(_SCOPES),
                iam_endpoint_override=self._iam_url("generateAccessToken"),
            )
        return self._source(audience, request)

    def _source(self, audience: str | None, request: Any) -> Any:
        if self.service_account_key:
            return self._from_key(audience)
        if self.metadata_host:
            return _MetadataToken(self.metadata_host, audience)
        if audience is None:
            return google.auth.default(scopes=list(_SCOPES), request=request)[0]
        try:
            return id_token.fetch_id_token_credentials(audience, request)  # type: ignore[no-untyped-call]
        except exceptions.DefaultCredentialsError:
            raise CredentialsError(
                tr("The Google credentials of this machine cannot make ID tokens for a service."), tr(_ID_TOKENS_NEED)
            ) from None

    def _from_key(self, audience: str | None) -> Any:
        path = Path(expand_home(self.service_account_key))
        try:
            info = dict(read_json(path.read_text(encoding="utf-8")))
            if self.token_url:
                info["token_uri"] = self.token_url
            if audience is None:
                access: Any = service_account.Credentials
                return access.from_service_account_info(info, scopes=list(_SCOPES))
            identity: Any = service_account.IDTokenCredentials
            return identity.from_service_account_info(info, target_audience=audience)
        except OSError as error:
            raise CredentialsError(
                tr(
                    "The service-account key {path} cannot be read: {reason}.",
                    path=path,
                    reason=error.strerror or type(error).__name__,
                ),
                tr("Correct its path in the profile."),
            ) from None
        except (ValueError, TypeError, exceptions.GoogleAuthError):  # their messages may quote the file
            raise CredentialsError(
                tr("{path} is not the key file of a service account.", path=path),
                tr("Make a JSON key for it and name that file."),
            ) from None

    def _iam_url(self, verb: str) -> str:
        endpoint = (self.iam_credentials_endpoint or _IAM_ENDPOINT).rstrip("/")
        return f"{endpoint}/v1/projects/-/serviceAccounts/{self.impersonate}:{verb}"


class _MetadataToken(credentials.Credentials):
    """Tokens of the machine's own service account. google-auth's class reads its host once, at import."""

    def __init__(self, host: str, audience: str | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        base = f"http://{host}/computeMetadata/v1/instance/service-accounts/default"
        self._audience = audience
        if audience is None:
            self._url = f"{base}/token"
        else:
            self._url = f"{base}/identity?{urlencode({'audience': audience, 'format': 'full'})}"

    def refresh(self, request: Any) -> None:
        """Ask the metadata server. Raises google-auth's errors."""
        text = _read_text(request(self._url, method="GET", headers={"Metadata-Flavor": "Google"}))
        if self._audience is not None:
            self.token, self.expiry = text.strip(), _expiry_of(text.strip())
            return
        answer = _read_answer(text, "access_token", "expires_in")
        self.token = answer["access_token"]
        try:
            self.expiry = _naive(datetime.now(UTC) + timedelta(seconds=float(answer["expires_in"])))
        except (ValueError, TypeError, OverflowError):
            raise exceptions.RefreshError(tr("the answer holds no token")) from None  # type: ignore[no-untyped-call]


class _ImpersonatedIdToken(credentials.Credentials):
    """ID tokens of another service account. google-auth's class cannot be given another endpoint."""

    def __init__(self, source: Any, url: str, audience: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._source = source
        self._url = url
        self._audience = audience

    def refresh(self, request: Any) -> None:
        """Ask IAM, with the source's access token. Raises google-auth's errors."""
        self._source.refresh(request)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._source.token}"}
        body = json.dumps({"audience": self._audience, "includeEmail": True}).encode()
        text = _read_text(request(self._url, method="POST", headers=headers, body=body))
        self.token = _read_answer(text, "token")["token"]
        self.expiry = _expiry_of(self.token)


def _read_text(response: Any) -> str:
    text = response.data.decode("utf-8", "replace") if isinstance(response.data, bytes) else str(response.data)
    if response.status != 200:
        passing = response.status in _PASSING
        raise exceptions.RefreshError(f"HTTP {response.status}", text, retryable=passing)  # type: ignore[no-untyped-call]
    return text


def _read_answer(text: str, *names: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = read_json(text)
        if all(name in answer for name in names):
            return answer
    except (ValueError, TypeError):
        pass
    raise exceptions.RefreshError(tr("the answer holds no token"))  # type: ignore[no-untyped-call]


def _expiry_of(token: str) -> datetime:
    try:
        claims = jwt.decode(token, verify=False)  # type: ignore[no-untyped-call]
        return _naive(datetime.fromtimestamp(claims["exp"], UTC))
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        raise exceptions.RefreshError(tr("the answer is not an ID token")) from None  # type: ignore[no-untyped-call]


def _naive(moment: datetime) -> datetime:
    """Return a time as google-auth has it: UTC, without saying so."""
    return moment.replace(tzinfo=None)
