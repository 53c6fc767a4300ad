"""The token server, cross-checked with google-auth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import requests
from google.auth import jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account

from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer

AUDIENCE = "https://worker.example"

MACHINE = """
import google.auth.transport.requests as transport
from google.auth import compute_engine, jwt
request = transport.Request()
token = compute_engine.Credentials()
token.refresh(request)
print(token.token)
identity = compute_engine.IDTokenCredentials(request, AUDIENCE, use_metadata_identity_endpoint=True)
identity.refresh(request)
print(jwt.decode(identity.token, verify=False)["aud"])
""".replace("AUDIENCE", repr(AUDIENCE))


@pytest.fixture
def tokens(google_tokens: GoogleTokenServer) -> GoogleTokenServer:
    return google_tokens


@pytest.fixture
def request_token() -> Iterator[Request]:
    """google-auth's own transport."""
    with closing(requests.Session()) as session:
        session.trust_env = False
        yield Request(session)


def test_service_account_gets_access_tokens(tokens: GoogleTokenServer, request_token: Request, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    email = tokens.write_service_account_key(key)
    scopes = ["https://www.googleapis.com/auth/devstorage.read_write"]
    credentials = service_account.Credentials.from_service_account_file(str(key), scopes=scopes)
    credentials.refresh(request_token)
    assert tokens.authority.email_of(credentials.token) == email
    assert tokens.authority.mints["access"] == 1
    tokens.authority.expire_now()
    assert tokens.authority.email_of(credentials.token) is None


def test_service_account_gets_identity_tokens(
    tokens: GoogleTokenServer, request_token: Request, tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    email = tokens.write_service_account_key(key)
    credentials = service_account.IDTokenCredentials.from_service_account_file(str(key), target_audience=AUDIENCE)
    credentials.refresh(request_token)
    public = {tokens.authority.signing_key.key_id: tokens.authority.signing_key.public_pem}
    claims = jwt.decode(credentials.token, certs=public, audience=AUDIENCE)
    assert (claims["email"], claims["aud"]) == (email, AUDIENCE)
    tokens.authority.expire_now()
    renewed = {tokens.authority.signing_key.key_id: tokens.authority.signing_key.public_pem}
    with pytest.raises(ValueError, match="Certificate for key id"):
        jwt.decode(credentials.token, certs=renewed, audience=AUDIENCE)


def test_forged_and_disabled_accounts_get_nothing(
    tokens: GoogleTokenServer, request_token: Request, tmp_path: Path
) -> None:
    key, other = tmp_path / "key.json", tmp_path / "other.json"
    email = tokens.write_service_account_key(key)
    tokens.write_service_account_key(other, "other")
    stolen = json.loads(other.read_text()) | {"client_email": email}
    forged = service_account.IDTokenCredentials.from_service_account_info(stolen, target_audience=AUDIENCE)
    with pytest.raises(RefreshError, match="invalid_grant"):
        forged.refresh(request_token)
    tokens.authority.disabled.add(email)
    credentials = service_account.IDTokenCredentials.from_service_account_file(str(key), target_audience=AUDIENCE)
    with pytest.raises(RefreshError, match="account not found"):
        credentials.refresh(request_token)
    assert not tokens.authority.mints


def test_people_impersonate_only_whom_they_may(
    tokens: GoogleTokenServer, request_token: Request, tmp_path: Path
) -> None:
    path = tmp_path / "application_default_credentials.json"
    person = tokens.authority.write_user_credentials(path)
    information = json.loads(path.read_text()) | {"token_uri": tokens.token_uri}
    credentials = user_credentials.Credentials.from_authorized_user_info(information)
    credentials._token_uri = tokens.token_uri
    credentials.refresh(request_token)
    renderer = tokens.authority.account("renderer")
    address = f"{tokens.url}/v1/projects/-/serviceAccounts/{renderer}:generateIdToken"
    body = {"audience": AUDIENCE, "includeEmail": True}
    with httpx.Client(trust_env=False, headers={"Authorization": f"Bearer {credentials.token}"}) as client:
        refused = client.post(address, json=body)
        assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
        tokens.authority.impersonators.add((person, renderer))
        claims = jwt.decode(client.post(address, json=body).json()["token"], verify=False)
        assert (claims["email"], claims["aud"]) == (renderer, AUDIENCE)
        access = client.post(address.replace("generateIdToken", "generateAccessToken"), json={"scope": ["x"]}).json()
        assert tokens.authority.email_of(access["accessToken"]) == renderer
        tokens.authority.expire_now()
        assert client.post(address, json=body).status_code == 401


def test_metadata_server_answers_google_auth(tokens: GoogleTokenServer) -> None:
    environment = {**os.environ, "GCE_METADATA_HOST": tokens.metadata_host, "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-c", MACHINE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    token, audience = done.stdout.split()
    assert (tokens.authority.email_of(token), audience) == (tokens.metadata_account, AUDIENCE)


def test_metadata_server_wants_its_header(tokens: GoogleTokenServer) -> None:
    address = f"{tokens.url}/computeMetadata/v1/instance/service-accounts/default/token"
    assert httpx.get(address, trust_env=False).status_code == 403
    answer = httpx.get(address, headers={"Metadata-Flavor": "Google"}, trust_env=False)
    assert answer.headers["Metadata-Flavor"] == "Google"
    assert answer.json()["expires_in"] == 3600


def test_storage_takes_minted_tokens_until_they_end(tokens: GoogleTokenServer, gcs: GcsServer) -> None:
    token = tokens.authority.access_token(tokens.authority.account())
    address, headers = f"{gcs.url}/storage/v1/b/renders/o", {"Authorization": f"Bearer {token}"}
    assert httpx.get(address, headers=headers, trust_env=False).status_code == 200
    tokens.authority.expire_now()
    refused = httpx.get(address, headers=headers, trust_env=False)
    assert (refused.status_code, refused.json()["error"]["errors"][0]["reason"]) == (401, "authError")
