"""Who may have chunks rendered by a worker's server."""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from helios_gui.types import UserInputError

TOKEN_VARIABLE = "HELIOS_WORKER_TOKEN"
AUDIENCE_VARIABLE = "HELIOS_WORKER_AUDIENCE"
CALLERS_VARIABLE = "HELIOS_WORKER_CALLERS"
CERTS_VARIABLE = "HELIOS_WORKER_CERTS_URL"
CLOUD_RUN_VARIABLE = "K_SERVICE"

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_GOOGLE_CERTS = "https://www.googleapis.com/oauth2/v1/certs"
_CERTS_LIFETIME = 3600.0
_SOONEST_REFRESH = 30.0
_TIMEOUT = 10.0
_CLOCK_SKEW = 10
_SHORTEST_TOKEN = 16


class RefusedError(Exception):
    """The caller is not let in: 401 without a valid token, 403 if it is not allowed, 503 if that cannot be told."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class CallerCheck(Protocol):
    """Lets callers in, or not."""

    async def __call__(self, token: str) -> None:
        """Return if the bearer of ``token`` (empty if there is none) may call, else raise ``RefusedError``."""
        ...


def choose_check(environment: Mapping[str, str], *, insecure: bool) -> CallerCheck:
    """The check that the environment asks for; on Cloud Run, whose front checks callers itself, there may be none.

    Raises ``UserInputError`` where everybody would be let in without ``insecure`` saying so.
    """
    checks: list[CallerCheck] = []
    if environment.get(TOKEN_VARIABLE):
        checks.append(SharedTokenCheck(environment[TOKEN_VARIABLE]))
    if environment.get(AUDIENCE_VARIABLE):
        allowed = [name.strip() for name in environment.get(CALLERS_VARIABLE, "").split(",") if name.strip()]
        certs = environment.get(CERTS_VARIABLE) or _GOOGLE_CERTS
        checks.append(GoogleIdentity(environment[AUDIENCE_VARIABLE], allowed, certs))
    if checks:
        return AnyOf(checks)
    if insecure or environment.get(CLOUD_RUN_VARIABLE):
        return let_everybody_in
    raise UserInputError(
        "The worker would render whatever anybody sends it.",
        f"Set {TOKEN_VARIABLE} to a secret that callers have to know, or {AUDIENCE_VARIABLE} and {CALLERS_VARIABLE} to "
        "take Google ID tokens; --insecure-no-auth starts it without.",
    )


async def let_everybody_in(token: str) -> None:
    """The check of a worker whose callers have been checked before, or not at all."""


class SharedTokenCheck:
    """Lets in who knows the token. Raises ``UserInputError`` for one that could be guessed."""

    def __init__(self, token: str) -> None:
        if len(token) < _SHORTEST_TOKEN:
            raise UserInputError(
                f"{TOKEN_VARIABLE} is too short to be a secret.", f"Use {_SHORTEST_TOKEN} characters or more."
            )
        self._token = token.encode()

    async def __call__(self, token: str) -> None:
        """See ``CallerCheck``. Takes the same time whatever is wrong with the token."""
        if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token):
            raise RefusedError(401, "The token is not the worker's.")


class GoogleIdentity:
    """Lets in Google accounts by their ID tokens, made for ``audience``.

    Everybody can have a token made for any audience: only the email addresses in ``allowed`` say who may call.
    ``certs_url`` is where Google's public keys are (certificates by key id).
    """

    def __init__(self, audience: str, allowed: Sequence[str], certs_url: str) -> None:
        if not allowed:
            raise UserInputError(
                f"{AUDIENCE_VARIABLE} alone keeps nobody out: anybody can have a token made for it.",
                f"Name the accounts that may call in {CALLERS_VARIABLE}, with commas between them.",
            )
        self._audience = audience
        self._allowed = frozenset(allowed)
        self._certs: Any = _Certificates(certs_url)
        self._certs_url = certs_url
        self._lock = threading.Lock()

    async def __call__(self, token: str) -> None:
        """See ``CallerCheck``."""
        if not token:
            raise RefusedError(401, "An ID token is needed.")
        claims = await asyncio.to_thread(self._verify, token)
        if claims.get("iss") not in _ISSUERS:
            raise RefusedError(401, "The ID token is not Google's.")
        if not claims.get("email_verified") or claims.get("email") not in self._allowed:
            raise RefusedError(403, "The account is not one that may call this worker.")

    def _verify(self, token: str) -> Mapping[str, Any]:
        from google.auth import exceptions

        with self._lock:
            try:
                try:
                    return self._claims(token)
                except ValueError:
                    if not self._certs.forget_if_older(_SOONEST_REFRESH):
                        raise
                    return self._claims(token)  # Google changes its keys now and then
            except exceptions.TransportError:
                raise RefusedError(503, "Google's public keys cannot be had now.") from None
            except (ValueError, exceptions.GoogleAuthError):
                raise RefusedError(401, "The ID token is not valid, or not meant for this worker.") from None

    def _claims(self, token: str) -> Mapping[str, Any]:
        from google.oauth2 import id_token

        claims: Mapping[str, Any] = id_token.verify_token(
            token, self._certs, self._audience, self._certs_url, clock_skew_in_seconds=_CLOCK_SKEW
        )
        return claims


class AnyOf:
    """Lets in whom one of the checks lets in."""

    def __init__(self, checks: Sequence[CallerCheck]) -> None:
        self._checks = checks

    async def __call__(self, token: str) -> None:
        """See ``CallerCheck``: the refusal is that of the last check."""
        refusal: RefusedError | None = None
        for check in self._checks:
            try:
                await check(token)
            except RefusedError as error:
                refusal = error
            else:
                return
        if refusal is not None:
            raise refusal


class _Certificates:
    """What google-auth asks for Google's public keys: remembers the answer for an hour."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._answer: Any = None
        self._since = 0.0

    def __call__(self, url: str, method: str = "GET", **_: object) -> Any:
        if self._answer is None or time.monotonic() - self._since > _CERTS_LIFETIME:
            self._answer = self._fetch(method)
            self._since = time.monotonic()
        return self._answer

    def forget_if_older(self, age: float) -> bool:
        """Forget the keys if they are older than ``age`` seconds; whether they were."""
        if time.monotonic() - self._since < age:
            return False
        self._answer = None
        return True

    def _fetch(self, method: str) -> Any:
        from helios_gui.net.google_requests import GoogleRequest

        return GoogleRequest(_TIMEOUT)(self._url, method=method)
