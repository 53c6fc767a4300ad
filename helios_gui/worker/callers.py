"""Who may have chunks rendered by a worker's server."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from helios_gui.net.scrub import scrub
from helios_gui.translation import mark, tr
from helios_gui.types import UserInputError

logger = logging.getLogger(__name__)

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
_PAUSE_AFTER_FAILURE = 5.0
_SHORTEST_TOKEN = 16
_NO_KEYS = mark("Google's public keys cannot be had now.")


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
    """Return the check that the environment asks for.

    On Cloud Run, whose front checks callers itself, there may be none.

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
        tr("The worker would render whatever anybody sends it."),
        tr(
            "Set {token_variable} to a secret that callers have to know, or {audience_variable} and {callers_variable} "
            "to take Google ID tokens; --insecure-no-auth starts it without.",
            token_variable=TOKEN_VARIABLE,
            audience_variable=AUDIENCE_VARIABLE,
            callers_variable=CALLERS_VARIABLE,
        ),
    )


async def let_everybody_in(token: str) -> None:
    """Let everybody in: the check of a worker whose callers have been checked before, or not at all."""


class SharedTokenCheck:
    """Lets in who knows the token. Raises ``UserInputError`` for one that could be guessed."""

    def __init__(self, token: str) -> None:
        if len(token) < _SHORTEST_TOKEN:
            raise UserInputError(
                tr("{token_variable} is too short to be a secret.", token_variable=TOKEN_VARIABLE),
                tr("Use {shortest_token} characters or more.", shortest_token=_SHORTEST_TOKEN),
            )
        self._token = token.encode()

    async def __call__(self, token: str) -> None:
        """See ``CallerCheck``. Takes the same time whatever is wrong with the token."""
        if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token):
            raise RefusedError(401, tr("The token is not the worker's."))


class GoogleIdentity:
    """Lets in Google accounts by their ID tokens, made for ``audience``.

    Everybody can have a token made for any audience: only the email addresses in ``allowed`` say who may call.
    ``certs_url`` is where Google's public keys are (certificates by key id).
    """

    def __init__(self, audience: str, allowed: Sequence[str], certs_url: str) -> None:
        if not allowed:
            raise UserInputError(
                tr(
                    "{audience_variable} alone keeps nobody out: anybody can have a token made for it.",
                    audience_variable=AUDIENCE_VARIABLE,
                ),
                tr(
                    "Name the accounts that may call in {callers_variable}, with commas between them.",
                    callers_variable=CALLERS_VARIABLE,
                ),
            )
        self._audience = audience
        self._allowed = frozenset(allowed)
        self._certificates = _Certificates(certs_url)

    async def __call__(self, token: str) -> None:
        """See ``CallerCheck``. Waits for Google's keys, at most once for all callers, if the token may be Google's."""
        if not token:
            raise RefusedError(401, tr("An ID token is needed."))
        claims = await self._verify(token)
        if claims.get("iss") not in _ISSUERS:
            raise RefusedError(401, tr("The ID token is not Google's."))
        if not claims.get("email_verified") or claims.get("email") not in self._allowed:
            raise RefusedError(403, tr("The account is not one that may call this worker."))

    async def _verify(self, token: str) -> Mapping[str, Any]:
        from google.auth import exceptions, jwt

        try:
            key_id = jwt.decode_header(token).get("kid")  # type: ignore[no-untyped-call]
            certificates = await self._certificates.for_key(key_id)
            claims: Mapping[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
                token, certificates, audience=self._audience, clock_skew_in_seconds=_CLOCK_SKEW
            )
            return claims
        except (ValueError, TypeError, AttributeError, RecursionError, exceptions.GoogleAuthError):
            raise RefusedError(401, tr("The ID token is not valid, or not meant for this worker.")) from None


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
    """Google's public keys, remembered for an hour.

    All who need them wait for one request, on a thread of its own: however many tokens are made up, and however slow
    the answer is, it keeps nothing else of the worker waiting.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: Mapping[str, str] = {}
        self._since = float("-inf")
        self._failed_at = float("-inf")
        self._fetching: asyncio.Future[Mapping[str, str]] | None = None

    async def for_key(self, key_id: object) -> Mapping[str, str]:
        """Return the certificates by key id, fetched anew if they are old or lack this key.

        Google changes its keys now and then; a key that is not there is no reason to ask more often than every half
        minute. Raises ``RefusedError`` (503) when the keys cannot be had.
        """
        age = time.monotonic() - self._since
        if age < _CERTS_LIFETIME and (key_id in self._known or age < _SOONEST_REFRESH):
            return self._known
        if self._fetching is None:
            if time.monotonic() - self._failed_at < _PAUSE_AFTER_FAILURE:
                raise RefusedError(503, tr(_NO_KEYS))
            self._fetching = asyncio.get_running_loop().create_future()
            threading.Thread(target=self._fetch, args=(self._fetching,), name="google-keys", daemon=True).start()
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await asyncio.shield(self._fetching)
        except (TimeoutError, _NoKeysError):
            raise RefusedError(503, tr(_NO_KEYS)) from None

    def _fetch(self, fetching: asyncio.Future[Mapping[str, str]]) -> None:
        found: Mapping[str, str] | None = None
        try:
            found = _fetch_certificates(self._url)
        except Exception as error:
            logger.warning("Google's public keys cannot be had: %s", scrub(f"{type(error).__name__}: {error}"))
        with suppress(RuntimeError):  # the loop is closed
            fetching.get_loop().call_soon_threadsafe(self._fetched, fetching, found)

    def _fetched(self, fetching: asyncio.Future[Mapping[str, str]], found: Mapping[str, str] | None) -> None:
        self._fetching = None
        if found is None:
            self._failed_at = time.monotonic()
            fetching.set_exception(_NoKeysError())
            fetching.exception()  # whoever waited may have gone: asyncio would log that nobody retrieved it
        else:
            self._known, self._since = found, time.monotonic()
            fetching.set_result(found)


class _NoKeysError(Exception):
    """Google's keys cannot be had."""


def _fetch_certificates(url: str) -> Mapping[str, str]:
    """Return the certificates (PEM) by key id. Blocking. Raises whatever goes wrong."""
    from helios_gui.net.google_requests import GoogleRequest

    response = GoogleRequest(_TIMEOUT)(url)
    if response.status != 200:
        raise ValueError(tr("HTTP status {status}", status=response.status))
    certificates = json.loads(response.data)
    if not isinstance(certificates, dict) or not all(isinstance(value, str) for value in certificates.values()):
        raise ValueError(tr("the answer holds no certificates by key id"))
    return certificates
