"""The Cloud Run front: tokens are checked, instances take one request each, time limits do not stop containers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.support.waiting import wait_until

SAMPLE = (sys.executable, "-m", "tests.cloud.servers.cloud_run_sample")
INVOKER = "renderer@studio.iam.gserviceaccount.com"


@pytest.fixture
def run(google_tokens: GoogleTokenServer) -> Iterator[CloudRun]:
    """The sample container, at most two of them, that only the renderer may call."""
    service = CloudRunService(SAMPLE, {"VARIABLE": "value"}, max_instances=2, invokers={INVOKER})
    with cloud_run(service, google_tokens) as front:
        yield front


@pytest.fixture
def call(run: CloudRun, google_tokens: GoogleTokenServer) -> Callable[..., httpx.Response]:
    """Calls the service with a good token."""
    token = google_tokens.authority.identity_token(INVOKER, run.url)

    def post(path: str = "/", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(run.url + path, headers=headers, trust_env=False, **{"timeout": 60, **more})

    return post


def test_forwards_requests_to_a_warm_instance(run: CloudRun, call: Callable[..., httpx.Response]) -> None:
    first, second = call("/render?x=1", content="hello").json(), call().json()
    assert (first["path"], first["body"], first["service"]) == ("/render", "hello", "helios-worker")
    assert (first["variable"], first["pid"] == second["pid"]) == ("value", True)
    assert first["authorization"].endswith(".SIGNATURE_REMOVED_BY_GOOGLE")
    assert (run.counts["cold starts"], run.counts["forwarded"], run.callers) == (1, 2, [INVOKER] * 2)


def test_checks_tokens(run: CloudRun, google_tokens: GoogleTokenServer) -> None:
    authority = google_tokens.authority

    def status(token: str | None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.post(run.url, headers=headers, trust_env=False, timeout=60).status_code

    good = authority.identity_token(INVOKER, run.url)
    assert status(good) == 200
    assert status(None) == 403
    assert status("not.a.token") == 401
    assert status(good[:-8] + "AAAAAAAA") == 401
    assert status(authority.identity_token(INVOKER, "https://other.example")) == 401
    assert status(authority.access_token(INVOKER)) == 401
    assert status(authority.identity_token("stranger@studio.example", run.url)) == 403
    assert status(authority.identity_token(INVOKER, run.url, with_email=False)) == 401
    run.service.audiences.add("https://other.example")
    assert status(authority.identity_token(INVOKER, "https://other.example")) == 200
    authority.lifetime = -1
    assert status(authority.identity_token(INVOKER, run.url)) == 401
    authority.lifetime = 3600
    authority.expire_now()
    refused = httpx.post(run.url, headers={"Authorization": f"Bearer {good}"}, trust_env=False)
    assert (refused.status_code, "invalid_token" in refused.headers["WWW-Authenticate"]) == (401, True)
    assert status(authority.identity_token(INVOKER, run.url)) == 200
    assert (run.counts["refused"], run.counts["forwarded"]) == (9, 3)


def test_instances_take_one_request_each(run: CloudRun, call: Callable[..., httpx.Response]) -> None:
    with ThreadPoolExecutor(4) as threads:
        busy = [threads.submit(call, "/?work=3") for _ in range(2)]
        wait_until(lambda: run.counts["forwarded"] == 2)
        throttled = call()
        run.service.patience = 60
        waited = call()
        pids = {future.result().json()["pid"] for future in busy}
    assert (throttled.status_code, throttled.text) == (429, "Rate exceeded.")
    assert (len(pids), waited.json()["pid"] in pids) == (2, True)
    assert (run.counts["throttled"], run.counts["cold starts"], run.peak) == (1, 2, 2)


def test_time_limit_does_not_stop_the_container(
    run: CloudRun, call: Callable[..., httpx.Response], tmp_path: Path
) -> None:
    call()
    run.service.request_timeout = 0.3
    note, go = tmp_path / "note", tmp_path / "go"
    assert call(f"/?go={go}&note={note}").status_code == 504
    assert not note.exists()
    go.touch()
    wait_until(note.exists)
    assert (run.counts["timeouts"], run.counts["cold starts"]) == (1, 1)


def test_killed_instances_are_replaced(run: CloudRun, call: Callable[..., httpx.Response]) -> None:
    before = call().json()["pid"]
    with ThreadPoolExecutor(1) as threads:
        broken = threads.submit(call, "/?work=30")
        wait_until(lambda: run.counts["forwarded"] == 2)
        assert run.kill_running() == 1
        assert broken.result().status_code == 503
    assert call().json()["pid"] != before
    assert run.counts["crashes"] == 1


def test_goes_on_when_the_client_hangs_up(run: CloudRun, call: Callable[..., httpx.Response], tmp_path: Path) -> None:
    call()
    note, go = tmp_path / "note", tmp_path / "go"
    with pytest.raises(httpx.ReadTimeout):
        call(f"/?go={go}&note={note}", timeout=httpx.Timeout(60, read=0.4))
    wait_until(lambda: run.counts["forwarded"] == 2)
    go.touch()
    wait_until(note.exists)


def test_reserves_paths_and_tells_why_a_container_does_not_start(
    run: CloudRun, call: Callable[..., httpx.Response]
) -> None:
    assert call("/healthz").status_code == 200
    run.service.reserves_z = True
    assert call("/healthz").status_code == 404
    run.service.command = (sys.executable, "-c", "raise SystemExit('no such renderer')")
    run.kill_running()
    for instance in run.instances:
        instance.kill()
    broken = call()
    assert (broken.status_code, "no such renderer" in broken.text) == (503, True)
