"""Google's token endpoints: OAuth2 grants, IAM Credentials, the metadata server, and the keys that verify ID tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.cloud.servers.google_identity import TokenAuthority, TokenError
from tests.cloud.servers.serving import serve

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
METADATA = "/computeMetadata/v1"
FLAVOR = {"Metadata-Flavor": "Google"}


class GoogleTokenServer:
    """A running server; ``authority`` holds the controls (lifetime, expire now, counts, …).

    ``metadata_account`` is the account of the machine that asks the metadata server.
    """

    def __init__(self) -> None:
        self.authority = TokenAuthority()
        self.metadata_account = self.authority.account("machine")
        self.url = ""

    @property
    def token_uri(self) -> str:
        """The OAuth2 token endpoint."""
        return f"{self.url}/token"

    @property
    def jwks_uri(self) -> str:
        """Where the public keys that verify ID tokens are."""
        return f"{self.url}/oauth2/v3/certs"

    @property
    def metadata_host(self) -> str:
        """What ``GCE_METADATA_HOST`` has to be for google-auth to ask this server."""
        return self.url.removeprefix("http://")

    def write_service_account_key(self, path: Path, name: str = "renderer") -> str:
        """Write a key file whose ``token_uri`` is this server; return the account's address."""
        return self.authority.write_service_account_key(path, self.token_uri, name)

    def application(self) -> web.Application:
        """The routes of all endpoints."""
        application = web.Application()
        route = application.router.add_route
        route("POST", "/token", self._token)
        route("GET", "/oauth2/v3/certs", self._keys)
        route("POST", "/v1/projects/-/serviceAccounts/{email}:generateAccessToken", self._iam_access_token)
        route("POST", "/v1/projects/-/serviceAccounts/{email}:generateIdToken", self._iam_identity_token)
        account = f"{METADATA}/instance/service-accounts/{{account}}"
        route("GET", "/", _metadata(self._root))
        route("GET", f"{METADATA}/project/project-id", _metadata(self._project))
        route("GET", f"{METADATA}/universe/universe-domain", _metadata(self._universe))
        route("GET", f"{account}/", _metadata(self._account))
        route("GET", f"{account}/email", _metadata(self._email))
        route("GET", f"{account}/token", _metadata(self._metadata_token))
        route("GET", f"{account}/identity", _metadata(self._metadata_identity))
        return application

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        try:
            answer = self._grant({key: str(value) for key, value in form.items()})
        except TokenError as error:
            return web.json_response({"error": error.code, "error_description": error.description}, status=400)
        return web.json_response(answer)

    def _grant(self, form: dict[str, str]) -> dict[str, Any]:
        """What a grant is worth. A person's ID token is for the program that asks, never for a service."""
        if form.get("grant_type") == JWT_GRANT:
            email, claims = self.authority.verify_assertion(form.get("assertion", ""), self.token_uri)
            if "target_audience" in claims:
                return {"id_token": self.authority.identity_token(email, claims["target_audience"])}
            return self._access(email)
        if form.get("grant_type") == "refresh_token":
            email = self.authority.user_of(form.get("refresh_token", ""))
            identity = self.authority.identity_token(email, form.get("client_id", ""))
            return {**self._access(email), "id_token": identity}
        raise TokenError("unsupported_grant_type", "Invalid grant_type.")

    def _access(self, email: str) -> dict[str, Any]:
        token = self.authority.access_token(email)
        return {"access_token": token, "expires_in": self.authority.lifetime, "token_type": "Bearer"}

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.authority.signing_key.jwk]})

    async def _iam_access_token(self, request: web.Request) -> web.Response:
        refused = self._refuse_impersonation(request, "iam.serviceAccounts.getAccessToken")
        if refused is not None:
            return refused
        token = self.authority.access_token(request.match_info["email"])
        expires = datetime.now(UTC) + timedelta(seconds=self.authority.lifetime)
        return web.json_response({"accessToken": token, "expireTime": expires.strftime("%Y-%m-%dT%H:%M:%SZ")})

    async def _iam_identity_token(self, request: web.Request) -> web.Response:
        refused = self._refuse_impersonation(request, "iam.serviceAccounts.getOpenIdToken")
        if refused is not None:
            return refused
        body = await request.json()
        with_email = bool(body.get("includeEmail"))
        email = request.match_info["email"]
        return web.json_response(
            {"token": self.authority.identity_token(email, body["audience"], with_email=with_email)}
        )

    def _refuse_impersonation(self, request: web.Request, permission: str) -> web.Response | None:
        """The refusal, when the caller is unknown or may not impersonate the account."""
        caller = self.authority.email_of(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if caller is None:
            message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            return _iam_error(401, "UNAUTHENTICATED", message)
        if (caller, request.match_info["email"]) not in self.authority.impersonators:
            message = f"Permission '{permission}' denied on resource (or it may not exist)."
            return _iam_error(403, "PERMISSION_DENIED", message)
        return None

    async def _root(self, _: web.Request) -> web.Response:
        return web.Response(text="computeMetadata/\n")

    async def _project(self, _: web.Request) -> web.Response:
        return web.Response(text="studio")

    async def _universe(self, _: web.Request) -> web.Response:
        return web.Response(text="googleapis.com")

    async def _account(self, _: web.Request) -> web.Response:
        scopes = ["https://www.googleapis.com/auth/cloud-platform"]
        return web.json_response({"aliases": ["default"], "email": self.metadata_account, "scopes": scopes})

    async def _email(self, _: web.Request) -> web.Response:
        return web.Response(text=self.metadata_account)

    async def _metadata_token(self, _: web.Request) -> web.Response:
        return web.json_response(self._access(self.metadata_account))

    async def _metadata_identity(self, request: web.Request) -> web.Response:
        if "audience" not in request.query:
            return web.Response(status=400, text="non-empty audience parameter required")
        with_email = request.query.get("format") == "full"
        audience = request.query["audience"]
        token = self.authority.identity_token(self.metadata_account, audience, with_email=with_email)
        return web.Response(text=token)


def _metadata(handler: Handler) -> Handler:
    """A metadata endpoint: only for those who say they mean it, and with the header that proves what answered."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403, text="Missing Metadata-Flavor:Google header.", headers=FLAVOR)
        try:
            response = await handler(request)
        except TokenError as error:
            response = web.Response(status=404, text=error.description)
        response.headers.update(FLAVOR)
        return response

    return handle


def _iam_error(code: int, status: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message, "status": status}}, status=code)


@contextmanager
def google_token_server() -> Iterator[GoogleTokenServer]:
    """Serve all of Google's token endpoints on one port."""
    server = GoogleTokenServer()
    with serve(server.application()) as served:
        server.url = served.url
        yield server
