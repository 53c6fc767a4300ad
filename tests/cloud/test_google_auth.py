"""Tokens for Google's APIs and for Cloud Run: from a key file, by impersonation, from the metadata server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from google.auth import jwt

from helios_gui.net.google_auth import CredentialsSource, GoogleAuth
from helios_gui.net.http_client import make_client
from helios_gui.types import CredentialsError, FailureKind, StorageError
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import answer, refuse
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer

AUDIENCE = "https://worker-abc.a.run.app"
TARGET = "target@studio.iam.gserviceaccount.com"


@pytest.fixture
def key(google_tokens: GoogleTokenServer, tmp_path: Path) -> str:
    path = tmp_path / "key.json"
    google_tokens.write_service_account_key(path)
    return str(path)


def claims(token: str) -> dict[str, object]:
    return dict(jwt.decode(token, verify=False))


async def test_each_source_gives_the_token_of_the_right_account(google_tokens: GoogleTokenServer, key: str) -> None:
    authority = google_tokens.authority
    authority.impersonators.add((authority.account(), TARGET))
    authority.impersonators.add((google_tokens.metadata_account, TARGET))
    by_key = {"service_account_key": key}
    by_machine = {"metadata_host": google_tokens.metadata_host}
    acting = {"impersonate": TARGET, "iam_credentials_endpoint": google_tokens.url}
    for options, account in (
        (by_key, authority.account()),
        (by_machine, google_tokens.metadata_account),
        ({**by_key, **acting}, TARGET),
        ({**by_machine, **acting}, TARGET),
    ):
        source = CredentialsSource(**options)
        assert authority.email_of(await GoogleAuth(source).token()) == account
        found = claims(await GoogleAuth(source, AUDIENCE).token())
        assert (found["aud"], found["email"]) == (AUDIENCE, account)


async def test_application_default_credentials_are_the_last_resort(
    google_tokens: GoogleTokenServer, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", key)
    assert google_tokens.authority.email_of(await GoogleAuth(CredentialsSource()).token())
    assert claims(await GoogleAuth(CredentialsSource(), AUDIENCE).token())["aud"] == AUDIENCE
    google_tokens.authority.write_user_credentials(tmp_path / "user.json")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "user.json"))
    with pytest.raises(CredentialsError, match="cannot make ID tokens") as caught:
        await GoogleAuth(CredentialsSource(), AUDIENCE).token()
    assert "key file" in caught.value.hint


async def test_however_many_ask_one_refresh_serves_them(google_tokens: GoogleTokenServer, key: str) -> None:
    auth = GoogleAuth(CredentialsSource(service_account_key=key))
    tokens = await asyncio.gather(*(auth.token() for _ in range(200)))
    assert len(set(tokens)) == 1
    renewed = await asyncio.gather(*(auth.token(refused=tokens[0]) for _ in range(200)))
    assert len({*renewed, tokens[0]}) == 2
    assert google_tokens.authority.mints["access"] == 2


async def test_a_failure_is_shared_too(google_tokens: GoogleTokenServer, key: str) -> None:
    with fault_proxy(google_tokens.url) as proxy:
        proxy.script(answer(400, b'{"error": "invalid_grant", "error_description": "Account gone."}'), times=None)
        auth = GoogleAuth(CredentialsSource(service_account_key=key, token_url=f"{proxy.url}/token"))
        results = await asyncio.gather(*(auth.token() for _ in range(50)), return_exceptions=True)
        assert {type(result) for result in results} == {CredentialsError}
        assert "Account gone" in str(results[0])
        assert proxy.count() == 1
        proxy.heal()
        assert await auth.token(), "and does not last longer than its cause"


async def test_a_token_is_renewed_before_it_expires(google_tokens: GoogleTokenServer, key: str) -> None:
    google_tokens.authority.lifetime = 100
    auth = GoogleAuth(CredentialsSource(service_account_key=key), skew=99)
    first = await auth.token()
    assert await auth.token() == first, "a short life is not spent on renewing alone"
    late = GoogleAuth(CredentialsSource(service_account_key=key), skew=10)
    google_tokens.authority.lifetime = 1
    first = await late.token()
    await asyncio.sleep(0.7)
    assert await late.token() != first


async def test_401_makes_one_more_attempt_with_a_fresh_token(
    google_tokens: GoogleTokenServer, gcs: GcsServer, key: str
) -> None:
    url = f"{gcs.url}/storage/v1/b/renders/o"
    client = make_client(url, auth=GoogleAuth(CredentialsSource(service_account_key=key)))

    async def get() -> httpx.Response:
        return await client.get(url, timeout=20)

    assert (await get()).status_code == 200
    google_tokens.authority.expire_now()
    answers = await asyncio.gather(*(get() for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert google_tokens.authority.mints["access"] == 2
    google_tokens.authority.lifetime = -1  # from now on tokens are stillborn
    google_tokens.authority.expire_now()
    asked = gcs.counts["list"]
    assert (await get()).status_code == 401
    assert gcs.counts["list"] == asked + 2
    await client.aclose()


@pytest.mark.parametrize("fault", [refuse(), answer(503)], ids=["unreachable", "out of order"])
async def test_a_token_service_that_is_down_is_no_fault_of_the_credentials(
    google_tokens: GoogleTokenServer, fault: object
) -> None:
    with fault_proxy(google_tokens.url) as proxy:
        proxy.script(fault, times=None)
        auth = GoogleAuth(CredentialsSource(metadata_host=proxy.url.removeprefix("http://")))
        with pytest.raises(StorageError, match="token service") as caught:
            await auth.token()
        assert caught.value.kind is FailureKind.TRANSIENT
        proxy.heal()
        assert await auth.token()


async def test_an_impersonation_that_is_not_allowed_says_so(google_tokens: GoogleTokenServer, key: str) -> None:
    endpoint = google_tokens.url
    source = CredentialsSource(service_account_key=key, impersonate=TARGET, iam_credentials_endpoint=endpoint)
    for audience in (None, AUDIENCE):
        with pytest.raises(CredentialsError, match=r"iam\.serviceAccounts") as caught:
            await GoogleAuth(source, audience).token()
        assert caught.value.hint


async def test_one_who_gives_up_waiting_does_not_spoil_it_for_the_others(
    google_tokens: GoogleTokenServer, key: str
) -> None:
    auth = GoogleAuth(CredentialsSource(service_account_key=key))
    impatient = asyncio.create_task(auth.token())
    patient = [asyncio.create_task(auth.token()) for _ in range(5)]
    await asyncio.sleep(0)
    impatient.cancel()
    assert len(set(await asyncio.gather(*patient))) == 1
    with pytest.raises(asyncio.CancelledError):
        await impatient
