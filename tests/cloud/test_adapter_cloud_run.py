"""The Cloud Run adapter with the real worker in real processes behind a front that checks ID tokens."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from helios_gui.adapters.cloud_run import adapter as cloud_run_module
from helios_gui.adapters.cloud_run import cloud_run_responses
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.types import FailureKind
from tests.cloud.projects import QUICK, CloudSettings, cloud_run_settings, gated, open_project, slow
from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import answer, drop
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.support.waiting import eventually


@pytest.fixture
def run(google_tokens: GoogleTokenServer) -> Iterator[CloudRun]:
    """The worker as a service that only the account ``renderer`` may call."""
    service = CloudRunService(max_instances=2, patience=5, invokers={google_tokens.authority.account()})
    with cloud_run(service, google_tokens) as front:
        yield front


@pytest.fixture
def settings(run: CloudRun, google_tokens: GoogleTokenServer, tmp_path: Path) -> CloudSettings:
    """The service, and a folder as storage that its containers and the adapter share."""
    return cloud_run_settings(run, google_tokens, tmp_path / "key.json", (tmp_path / "storage").as_uri())


async def test_renders(run: CloudRun, settings: CloudSettings, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(QUICK, "echo broken; exit 3")
        good, bad = await asyncio.gather(project.execute(0), project.execute(1))
        assert good.ok, good
        assert (project.made(), project.log()) == ("made\n", "made 0\n")
        assert (bad.exit_code, bad.failure, "broken" in bad.message) == (3, FailureKind.TRANSIENT, True)
        assert sorted(project.runs) == ["0", "1"]


async def test_renders_with_cloud_storage(
    gcs: GcsServer, google_tokens: GoogleTokenServer, settings: CloudSettings, run: CloudRun, tmp_path: Path
) -> None:
    run.service.environment = {
        "HELIOS_STORAGE_GCS_ENDPOINT_URL": gcs.url,
        "HELIOS_STORAGE_METADATA_HOST": google_tokens.metadata_host,
    }
    chosen = settings.changed(storage_url="gs://renders/studio", gcs_endpoint=gcs.url, retention="on-success")
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "words.txt").write_text("hello")
    async with open_project(tmp_path / "job", chosen) as project:
        progress: list[Any] = []
        await project.prepare('cat words.txt > "$0"', on_progress=progress.append)
        assert (progress[-1].bytes_done, progress[-1].files_total) == (5, 1)
        assert (await project.execute()).ok
        assert project.made() == "hello"
        await project.adapter.finish(project.job_id, completed=True)
    assert [name for name in gcs.names("renders") if "/jobs/" in name] == []


async def test_a_504_costs_no_second_render(run: CloudRun, settings: CloudSettings, tmp_path: Path) -> None:
    run.service.request_timeout = 1
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(gated(tmp_path / "go"))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: project.runs and project.has_told("at the service's time limit"))
        (tmp_path / "go").touch()
        result = await running
        assert result.ok, result
        assert project.runs == ["0"]
    assert (run.counts["timeouts"], run.counts["forwarded"]) == (1, 1)


async def test_a_dropped_connection_costs_no_second_render(
    run: CloudRun, settings: CloudSettings, tmp_path: Path
) -> None:
    with fault_proxy(run.url) as proxy:
        chosen = settings.changed(service_url=proxy.url, audience=run.url)
        async with open_project(tmp_path / "job", chosen) as project:
            proxy.script(drop(when=lambda: project.runs), method="POST")
            await project.prepare(slow(1.5))
            result = await project.execute()
            assert result.ok, result
            assert project.runs == ["0"]
    assert run.counts["forwarded"] == 1


async def test_a_read_time_out_costs_no_second_render(run: CloudRun, settings: CloudSettings, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", settings.changed(read_timeout=0.5)) as project:
        await project.prepare(gated(tmp_path / "go"))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: project.runs and project.has_told("no answer came in time"))
        (tmp_path / "go").touch()
        result = await running
        assert result.ok, result
        assert project.runs == ["0"]
    assert run.counts["forwarded"] == 1


async def test_a_crashed_container_is_a_failed_attempt(
    run: CloudRun, settings: CloudSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud_run_responses, "_LAST_MOMENTS", 0.5)
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(slow(30))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: project.runs)
        assert run.kill_running() == 1
        result = await running
        assert result.failure is FailureKind.TRANSIENT
        assert "crashed, or the connection to it broke" in result.message


async def test_the_worker_ends_before_the_service_does(run: CloudRun, settings: CloudSettings, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", settings.changed(chunk_timeout=10)) as project:
        await project.prepare(slow(30))
        result = await project.execute()
        assert result.failure is FailureKind.TRANSIENT
        assert "hit its 9 s limit at frame 4 of 10; use chunks of at most 3 frames" in result.message


async def test_a_wrong_audience_is_told_after_one_new_token(
    run: CloudRun, google_tokens: GoogleTokenServer, settings: CloudSettings, tmp_path: Path
) -> None:
    async with open_project(tmp_path / "job", settings.changed(audience="https://elsewhere.example")) as project:
        await project.prepare(QUICK)
        minted = google_tokens.authority.mints["identity"]
        result = await project.execute()
        assert result.failure is FailureKind.BLOCKED
        assert "made for the audience https://elsewhere.example" in result.message
        assert google_tokens.authority.mints["identity"] - minted == 2
    # Of the same second, both tokens are the same, and the second is not sent.
    assert (run.counts["refused"] in (1, 2), run.counts["forwarded"]) == (True, 0)


async def test_tokens_that_end_in_the_middle_of_a_job(
    run: CloudRun, google_tokens: GoogleTokenServer, settings: CloudSettings, tmp_path: Path
) -> None:
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(QUICK, QUICK)
        assert (await project.execute(0)).ok
        google_tokens.authority.expire_now()
        assert (await project.execute(1)).ok
    assert (run.counts["refused"], run.counts["forwarded"]) == (1, 2)


async def test_tokens_that_end_while_many_chunks_start_are_renewed_once(
    run: CloudRun, google_tokens: GoogleTokenServer, settings: CloudSettings, tmp_path: Path
) -> None:
    run.service.command = (sys.executable, "-m", "tests.cloud.servers.cloud_run_quick", "0")
    run.service.max_instances, run.service.patience = 1, 30
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(*[QUICK] * 20)
        assert (await project.execute(0)).ok
        minted = google_tokens.authority.mints["identity"]
        google_tokens.authority.expire_now()
        results = await asyncio.gather(*(project.execute(index) for index in range(1, 20)))
        assert [result.ok for result in results] == [True] * 19
        assert google_tokens.authority.mints["identity"] - minted == 1
    assert run.counts["forwarded"] == 20
    assert run.counts["refused"] <= 19, "each was sent once more, at most"


async def test_refusals_only_a_person_can_mend(
    run: CloudRun,
    google_tokens: GoogleTokenServer,
    settings: CloudSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cloud_run_module, "_MOMENT", 0.0)
    run.service.invokers = {"somebody@studio.example"}
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.failure is FailureKind.BLOCKED
        assert "roles/run.invoker" in result.message
        key = Path(settings.profile.service_account_key)
        content = key.read_text()
        key.write_text("{}")
        result = await project.execute(number=2)
        assert result.failure is FailureKind.BLOCKED
        assert "is not the key file of a service account" in result.message
        key.write_text(content)
        run.service.invokers = set()
        assert (await project.execute(number=3)).ok
    async with open_project(tmp_path / "job", settings.changed(service_account_key="/no/key.json")) as project:
        await project.prepare(QUICK)
        result = await project.execute(number=4)
        assert result.failure is FailureKind.BLOCKED
        assert "/no/key.json cannot be read" in result.message


async def test_full_services_are_waited_for(run: CloudRun, settings: CloudSettings, tmp_path: Path) -> None:
    run.service.max_instances, run.service.patience = 1, 0
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(*[slow(0.3)] * 4)
        results = await asyncio.gather(*(project.execute(index) for index in range(4)))
        assert [result.ok for result in results] == [True] * 4
        assert sorted(project.runs) == ["0", "1", "2", "3"]
    assert run.counts["throttled"] > 0


async def test_a_storm_of_refusals(run: CloudRun, settings: CloudSettings, tmp_path: Path) -> None:
    run.service.command = (sys.executable, "-m", "tests.cloud.servers.cloud_run_quick", "0.3")
    run.service.max_instances, run.service.patience = 3, 0
    async with open_project(tmp_path / "job", settings.changed(concurrency=40)) as project:
        await project.prepare(*[QUICK] * 40)
        executions = asyncio.gather(*(project.execute(index) for index in range(40)))
        await eventually(lambda: any(project.job(index).output.exists() for index in range(40)))
        await eventually(lambda: project.known_capacity <= 3)
        throttled, forwarded = run.counts["throttled"], run.counts["forwarded"]
        results = await executions
        assert [result.ok for result in results] == [True] * 40
        assert {project.made(index) for index in range(40)} == {f"job1.{index}.1" for index in range(40)}
    wasted, calls = run.counts["throttled"] - throttled, run.counts["forwarded"] - forwarded
    assert throttled > 3, "there was no storm"
    assert wasted / (wasted + calls) < 0.05
    assert (run.counts["forwarded"], run.peak) == (40, 3)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (404, b"<html><h1>Not Found</h1></html>", FailureKind.BLOCKED, "There is no worker at"),
        (400, b'{"message": "no such thing"}', FailureKind.FATAL, "(400): no such thing"),
        (
            500,
            b'{"message": "ENOENT: no such file or directory"}',
            FailureKind.TRANSIENT,
            "is probably another Helios worker; it answered: ENOENT",
        ),
        (500, b"<h1>Internal Server Error</h1>", FailureKind.TRANSIENT, "answered 500: Internal Server Error"),
        (500, b'{"exitCode": 3, "stderr": "no such composition"}', FailureKind.TRANSIENT, "no such composition"),
        (413, b"<h1>Too large</h1>", FailureKind.FATAL, "(413): Too large"),
        (200, b"<h1>Hello</h1>", FailureKind.FATAL, "is no Helios worker; it answered: Hello"),
        (200, b'{"exitCode": 0}', FailureKind.FATAL, "This worker returned no output: "),
        (200, b"x" * 9 * 1024 * 1024, FailureKind.FATAL, "was larger than any answer"),
        (503, b"The user-provided container failed to start and listen", FailureKind.TRANSIENT, "cannot be started"),
    ],
)
async def test_other_answers(
    run: CloudRun, settings: CloudSettings, tmp_path: Path, status: int, body: bytes, kind: FailureKind, words: str
) -> None:
    with fault_proxy(run.url) as proxy:
        async with open_project(tmp_path / "job", settings.changed(service_url=proxy.url, audience=run.url)) as project:
            proxy.script(answer(status, body), method="POST")
            await project.prepare(QUICK)
            result = await project.execute()
            assert (result.failure, words in result.message) == (kind, True), result
    assert run.counts["forwarded"] == 0


ADDRESSES = ["", "worker", "ftp://worker", "https://user:password@worker", "https://"]
ADDRESSES += ["https://a b", "https://worker\n.run.app", "https://worker:port", "https://[worker"]


@pytest.mark.parametrize("url", ADDRESSES)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValidationError, match="service_url") as caught:
        CloudRunProfile(name="studio", service_url=url, storage_url="gs://bucket")
    assert "user:password" not in str(caught.value)
