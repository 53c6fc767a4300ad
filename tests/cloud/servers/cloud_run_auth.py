"""The check Cloud Run makes before a request reaches a container: whose ID token is it, for whom, and until when?"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping

from aiohttp import ClientSession
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

ISSUERS = ("https://accounts.google.com", "accounts.google.com")


class RefusedError(Exception):
    """The caller is not let in; ``status`` is 401 for a bad token, 403 for none or one that has no permission."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def _public_key(jwk: Mapping[str, str]) -> str:
    """The PEM of an RSA key from a JWKS document."""

    def number(text: str) -> int:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")

    key = rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


async def check_caller(
    session: ClientSession, jwks_uri: str, authorization: str, audiences: Collection[str], invokers: Collection[str]
) -> str:
    """The account that calls; ``RefusedError`` unless its token is good, for us, and the account an invoker.

    Without ``invokers``, everyone with a good token is one. The keys are fetched anew each time, so that tokens
    signed with a key that has been replaced are refused at once.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RefusedError(403, "Your client does not have permission to get URL / from this server.")
    async with session.get(jwks_uri) as answer:
        keys = {jwk["kid"]: _public_key(jwk) for jwk in (await answer.json())["keys"]}
    try:
        claims = jwt.decode(token, certs=keys, audience=list(audiences))
    except ValueError as error:
        raise RefusedError(401, "Your client does not have permission to the requested URL.") from error
    if claims.get("iss") not in ISSUERS or not claims.get("email"):
        raise RefusedError(401, "Your client does not have permission to the requested URL.")
    if invokers and claims["email"] not in invokers:
        raise RefusedError(403, "Your client does not have permission to get URL / from this server.")
    return str(claims["email"])
