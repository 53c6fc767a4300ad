"""Who is who at Google, for tests: service accounts with keys, and the tokens minted for them."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.auth.crypt import RSASigner

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"
"""The audience google-auth writes into its assertions wherever it sends them."""

ISSUER = "https://accounts.google.com"


class TokenError(Exception):
    """A request for a token was refused: the OAuth2 error code, and words."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def _number(value: int) -> str:
    """An integer as JWKs write it: big-endian base64url without padding."""
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(slots=True)
class KeyPair:
    """An RSA key with an id."""

    key_id: str = field(default_factory=lambda: secrets.token_hex(20))
    _private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @property
    def private_pem(self) -> str:
        """The private key, PKCS #8."""
        no_password = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self._private.private_bytes(serialization.Encoding.PEM, form, no_password).decode()

    @property
    def public_pem(self) -> str:
        """The public key."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as an entry of a JWKS document."""
        numbers = self._private.public_key().public_numbers()
        head = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.key_id}
        return {**head, "n": _number(numbers.n), "e": _number(numbers.e)}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A signed JWT of the claims."""
        signer = RSASigner.from_string(self.private_pem, self.key_id)
        return bytes(jwt.encode(signer, dict(claims))).decode()


class KeyRing:
    """Keys, one after another, never the same twice; made once for all rings, as each takes its time."""

    _made: ClassVar[list[KeyPair]] = []

    def __init__(self) -> None:
        self._next = 0

    def new(self) -> KeyPair:
        """Another key."""
        if self._next == len(self._made):
            self._made.append(KeyPair())
        self._next += 1
        return self._made[self._next - 1]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Whose token it is, and until when (seconds since the epoch)."""

    email: str
    expires: float


class TokenAuthority:
    """Mints and knows tokens.

    ``lifetime`` is in seconds and counts for tokens minted from now on. ``mints`` counts tokens minted, by kind:
    ``access`` and ``identity``; ``minted`` are the tokens themselves. ``disabled`` holds accounts that get none any
    more. ``impersonators`` holds pairs (who, whom) of accounts that may impersonate others.
    """

    def __init__(self) -> None:
        self.lifetime = 3600
        self.mints: Counter[str] = Counter()
        self.minted: list[str] = []
        self.disabled: set[str] = set()
        self.impersonators: set[tuple[str, str]] = set()
        self._ring = KeyRing()
        self.signing_key = self._ring.new()
        self._account_keys: dict[str, KeyPair] = {}
        self._users: dict[str, str] = {}
        self._tokens: dict[str, AccessToken] = {}

    def account(self, name: str = "renderer") -> str:
        """The address of a service account; a key it has only once one is written."""
        return f"{name}@studio.iam.gserviceaccount.com"

    def write_service_account_key(self, path: Path, token_uri: str, name: str = "renderer") -> str:
        """Write a service account's key file; return the account's address."""
        email = self.account(name)
        if email not in self._account_keys:
            self._account_keys[email] = self._ring.new()
        key = self._account_keys[email]
        document = {
            "type": "service_account",
            "project_id": "studio",
            "private_key_id": key.key_id,
            "private_key": key.private_pem,
            "client_email": email,
            "client_id": "100000000000000000001",
            "token_uri": token_uri,
        }
        path.write_text(json.dumps(document))
        return email

    def write_user_credentials(self, path: Path, email: str = "artist@studio.example") -> str:
        """Write what ``gcloud auth application-default login`` leaves: credentials of a person. Return the address."""
        refresh_token = f"1//{secrets.token_urlsafe(32)}"
        self._users[refresh_token] = email
        document = {
            "type": "authorized_user",
            "client_id": "desktop.apps.googleusercontent.com",
            "client_secret": "not-a-secret",
            "refresh_token": refresh_token,
        }
        path.write_text(json.dumps(document))
        return email

    def user_of(self, refresh_token: str) -> str:
        """Whose refresh token it is."""
        if refresh_token not in self._users:
            raise TokenError("invalid_grant", "Token has been expired or revoked.")
        return self._users[refresh_token]

    def verify_assertion(self, assertion: str, token_uri: str) -> tuple[str, dict[str, Any]]:
        """Check a JWT signed with an account's key; return the account and the claims."""
        try:
            claimed = jwt.decode(assertion, verify=False).get("iss", "")
        except ValueError as error:
            raise TokenError("invalid_request", "Invalid JWT.") from error
        if claimed not in self._account_keys:
            raise TokenError("invalid_grant", "Invalid grant: account not found")
        key = self._account_keys[claimed]
        audiences = [token_uri, GOOGLE_TOKEN_URI]
        try:
            claims = jwt.decode(assertion, certs={key.key_id: key.public_pem}, audience=audiences)
        except ValueError as error:
            raise TokenError("invalid_grant", f"Invalid JWT Signature: {error}") from error
        return claimed, dict(claims)

    def access_token(self, email: str) -> str:
        """Mint an access token."""
        self._check(email)
        self.mints["access"] += 1
        token = f"ya29.{secrets.token_urlsafe(40)}"
        self.minted.append(token)
        self._tokens[token] = AccessToken(email, time.time() + self.lifetime)
        return token

    def identity_token(self, email: str, audience: str, *, with_email: bool = True) -> str:
        """Mint an ID token for an audience."""
        self._check(email)
        self.mints["identity"] += 1
        now = int(time.time())
        claims: dict[str, Any] = {"iss": ISSUER, "aud": audience, "azp": email, "sub": "100000000000000000001"}
        if with_email:
            claims |= {"email": email, "email_verified": True}
        self.minted.append(self.signing_key.sign({**claims, "iat": now, "exp": now + self.lifetime}))
        return self.minted[-1]

    def email_of(self, token: str) -> str | None:
        """Whose access token it is; ``None`` when it is unknown or has expired."""
        found = self._tokens.get(token)
        return found.email if found and found.expires > time.time() and found.email not in self.disabled else None

    def expire_now(self) -> None:
        """End every token minted so far: access tokens are forgotten, the key that signed ID tokens is replaced."""
        self._tokens.clear()
        self.signing_key = self._ring.new()

    def _check(self, email: str) -> None:
        if email in self.disabled:
            raise TokenError("invalid_grant", "Invalid grant: account not found")
