"""What can go wrong between an artist, a worker and the storage, in both clouds; executions are counted."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest

from helios_gui.adapters.cloud_run import cloud_run_responses
from helios_gui.process.process_table import list_processes
from helios_gui.types import CredentialsError, FailureKind, StorageError
from tests.cloud.clouds import Cloud
from tests.cloud.projects import QUICK, Project, open_project, slow
from tests.cloud.servers.faults import Fault, answer, corrupt, corrupt_upload, drop
from tests.cloud.servers.gcs import GcsServer
from tests.support.waiting import eventually

WORDS = "words of film {}\n"


def renderers(job_id: str) -> list[int]:
    """The living processes of the attempts of a job."""
    return [entry.pid for entry in list_processes() if entry.attempt_id.startswith(f"{job_id}.")]


async def test_a_connection_lost_after_the_worker_started(cloud: Cloud, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", cloud.settings) as project:
        await project.prepare(slow(1))
        cloud.calls.script(drop(when=lambda: project.runs), method="POST")
        result = await project.execute()
        assert result.ok, result
        assert project.runs == ["0"]
    assert cloud.executions() == 1


async def test_a_worker_killed_in_the_middle_of_a_render(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud_run_responses, "_LAST_MOMENTS", 0.5)
    async with open_project(tmp_path / "job", cloud.settings) as project:
        project.job_id = f"job-{uuid.uuid4().hex}"  # other tests render meanwhile
        await project.prepare(f'[ -e {tmp_path}/again ] || sleep 60; echo made > "$0"')
        running = asyncio.create_task(project.execute())
        await eventually(lambda: project.runs)
        (tmp_path / "again").touch()
        assert cloud.kill() == 1
        result = await running
        assert result.failure is FailureKind.TRANSIENT, result
        assert cloud.executions() == 1, "who decides about another try is the engine"
        assert not project.job().output.exists()
        assert (await project.execute(number=2)).ok
        assert project.made(number=2) == "made\n"
        assert project.runs == ["0", "0"]
    assert cloud.executions() == 2
    await eventually(lambda: not renderers(project.job_id))


# -- damage -------------------------------------------------------------------------------------------------------


def downloads(cloud: Cloud, name: str) -> dict[str, Any]:
    """Which requests fetch the object of that name."""
    path = rf"{name}(\?|$)" if cloud.kind == "lambda" else rf"{name.replace('/', '%2F')}\?.*alt=media"
    return {"method": "GET", "path": path}


def uploads(cloud: Cloud, name: str, number: int) -> dict[str, Any]:
    """Which request sends the object of that name, or the so-manieth where names are not in addresses."""
    if cloud.kind == "lambda":
        return {"method": "PUT", "path": name}
    return {"method": "POST", "path": "/upload/", "skip": number}


async def render_with(cloud: Cloud, project: Project, number: int) -> int:
    """Render a job of its own, as the engine would; how many attempts that took. What comes home is right."""
    project.job_id = f"job{number}"
    words = WORDS.format(number) * 100
    project.folder.mkdir(exist_ok=True)
    (project.folder / "words.txt").write_text(words)
    await project.prepare('seq 1 1000; cat words.txt > "$0"')  # more than the answer holds of the log: it is fetched
    for attempt in range(1, 4):
        result = await project.execute(number=attempt)
        assert result.ok or not project.job(number=attempt).output.exists()
        if result.ok:
            assert project.made(number=attempt) == words
            assert project.log(number=attempt).split() == [str(line) for line in range(1, 1001)]
            assert not list(project.job().output.parent.glob("*.part"))
            return attempt
        assert result.failure is FailureKind.TRANSIENT, result
    raise AssertionError("never rendered")


async def test_a_bit_flipped_in_any_transfer_costs_an_attempt_at_most(cloud: Cloud, tmp_path: Path) -> None:
    """Blobs, manifest, job, output, log and result: up and down, on both sides of the storage."""
    up = corrupt_upload(at=20) if cloud.kind == "lambda" else corrupt_upload(at=-50)
    small = corrupt_upload(at=3) if cloud.kind == "lambda" else corrupt_upload(at=-41)
    cases: list[tuple[Any, Fault, dict[str, Any]]] = [
        *((cloud.ours, up, uploads(cloud, name, n)) for n, name in enumerate(("blobs/", "manifest.json", "job.json"))),
        *((cloud.ours, corrupt(at=5), downloads(cloud, name)) for name in ("output/part_0.txt", "log.txt")),
        *((cloud.theirs, corrupt(at=5), downloads(cloud, name)) for name in ("job.json", "manifest.json", "blobs/.*")),
        (cloud.theirs, up, uploads(cloud, "output/part_0.txt", 0)),
        (cloud.theirs, small, uploads(cloud, "log.txt", 1)),
        (cloud.theirs, up, uploads(cloud, "result.json", 2)),
    ]
    async with open_project(tmp_path / "job", cloud.settings) as project:
        for number, (proxy, fault, where) in enumerate(cases):
            proxy.heal()
            proxy.requests.clear()
            executed = cloud.executions()
            proxy.script(fault, **where)
            attempts = await render_with(cloud, project, number)
            assert any(seen.fault is fault for seen in proxy.requests), f"nothing met {where}"
            assert cloud.executions() - executed == attempts
            assert attempts == 1 or "blobs" in where["path"], where
            assert len(project.runs) == number + 1, "nothing is rendered twice"


async def test_an_output_that_is_wrong_in_storage_is_never_taken(cloud: Cloud, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", cloud.settings) as project:
        await project.prepare(QUICK)
        cloud.ours.script(corrupt(), times=None, **downloads(cloud, "output/part_0.txt"))
        result = await project.execute()
        assert result.failure is FailureKind.TRANSIENT
        assert "damaged" in result.message
        assert list(project.job().output.parent.iterdir()) == []
        cloud.ours.heal()
        assert (await project.execute(number=2)).ok
        assert project.made(number=2) == "made\n"
        assert project.runs == ["0"]
    assert cloud.executions() == 1


# -- buckets ------------------------------------------------------------------------------------------------------


def elsewhere(cloud: Cloud) -> Fault:
    """How a storage answers about a bucket that is in another region."""
    if cloud.kind == "cloud-run":
        return answer(403, b'{"error": {"code": 403, "message": "The bucket is in another location.", "errors": []}}')
    region = b"<Region>us-west-2</Region>"
    words = b"<Message>The authorization header is malformed; expecting 'us-west-2'</Message>"
    return answer(400, b"<Error><Code>AuthorizationHeaderMalformed</Code>" + words + region + b"</Error>")


async def test_a_bucket_that_is_not_there_executes_nothing(cloud: Cloud, tmp_path: Path) -> None:
    scheme = cloud.settings.profile.storage_url.partition("://")[0]
    settings = cloud.settings.changed(storage_url=f"{scheme}://not-there-at-all/r")
    async with open_project(tmp_path / "job", settings) as project:
        with pytest.raises(StorageError, match=r'There is no .* bucket "not-there-at-all"') as caught:
            await project.prepare(QUICK)
        assert caught.value.kind is FailureKind.FATAL
        assert "Correct the bucket's name" in caught.value.hint
    assert cloud.executions() == 0


async def test_a_bucket_elsewhere_executes_nothing(cloud: Cloud, tmp_path: Path) -> None:
    cloud.ours.script(elsewhere(cloud), times=None)
    async with open_project(tmp_path / "job", cloud.settings) as project:
        with pytest.raises(StorageError) as caught:
            await project.prepare(QUICK)
        assert caught.value.kind in (FailureKind.FATAL, FailureKind.BLOCKED)
        assert "region" in caught.value.hint if cloud.kind == "lambda" else "role" in caught.value.hint
    assert cloud.executions() == 0


@pytest.mark.parametrize("cloud_kind", ["cloud-run"], indirect=True)
async def test_a_google_bucket_of_somebody_else_executes_nothing(cloud: Cloud, gcs: GcsServer, tmp_path: Path) -> None:
    gcs.denied |= {"storage.objects.create", "storage.objects.list", "storage.objects.get"}
    async with open_project(tmp_path / "job", cloud.settings) as project:
        with pytest.raises(CredentialsError, match="do not allow") as caught:
            await project.prepare(QUICK)
        assert "Storage Object User" in caught.value.hint
    assert cloud.executions() == 0


async def test_a_worker_whose_bucket_is_not_its_own_says_so_and_is_asked_no_more(cloud: Cloud, tmp_path: Path) -> None:
    refusal = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    async with open_project(tmp_path / "job", cloud.settings) as project:
        await project.prepare(QUICK)
        cloud.theirs.script(answer(403, refusal), times=None)
        result = await project.execute()
        assert result.failure is FailureKind.BLOCKED
        assert "own permissions do not suffice" in result.message
        assert project.runs == []
    assert cloud.executions() == 1
