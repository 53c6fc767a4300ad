"""A test frame rendered for real: what is said of it, and that nothing of it is left, however it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from helios_gui import __version__
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.adapters.remote import round_trip_check
from helios_gui.pools import check_round_trip
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import CheckLine
from helios_gui.utils.folders import AppFolders
from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.fault_proxy import FaultProxy, fault_proxy
from tests.cloud.servers.faults import answer, corrupt, drop, hold
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import write_aws_profile
from tests.support.cli import command, environment
from tests.support.waiting import eventually, wait_until


@dataclass
class Studio:
    """A profile on Cloud Run, with proxies before the service and before the storage."""

    profile: CloudRunProfile
    run: CloudRun
    service: FaultProxy
    storage: FaultProxy
    gcs: GcsServer
    folders: AppFolders

    def left(self) -> list[str]:
        """What lies in the bucket."""
        return self.gcs.names("renders")

    async def lines(self, profile: Profile | None = None) -> dict[str, CheckLine]:
        """The last line of each name."""
        return {line.name: line async for line in check_round_trip(profile or self.profile)}


@contextmanager
def studio_on(service: CloudRunService, gcs: GcsServer, tokens: GoogleTokenServer, folder: Path) -> Iterator[Studio]:
    key = folder / "key.json"
    tokens.write_service_account_key(key)
    service.invokers = {tokens.authority.account()}
    service.environment = {
        "HELIOS_STORAGE_GCS_ENDPOINT_URL": gcs.url,
        "HELIOS_STORAGE_METADATA_HOST": tokens.metadata_host,
        **service.environment,
    }
    with cloud_run(service, tokens) as run, fault_proxy(run.url) as before, fault_proxy(gcs.url) as storage:
        profile = CloudRunProfile(
            name="cloud",
            service_url=before.url,
            audience=run.url,
            storage_url="gs://renders/helios",
            service_account_key=str(key),
            gcs_endpoint=storage.url,
            retention="keep",
        )
        yield Studio(profile, run, before, storage, gcs, AppFolders.at(folder / "home").create())


@pytest.fixture
def studio(gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path) -> Iterator[Studio]:
    with studio_on(CloudRunService(max_instances=1, patience=5), gcs, google_tokens, tmp_path) as made:
        yield made


async def test_a_frame_goes_to_cloud_run_and_comes_home(studio: Studio) -> None:
    lines = [line async for line in check_round_trip(studio.profile)]
    assert [(line.name, line.ok) for line in lines] == [
        ("Upload", None),
        ("Upload", True),
        ("Test frame", None),
        ("Test frame", True),
        ("Output", True),
        ("Clean-up", True),
    ]
    assert lines[1].detail.endswith(" went to gs://renders/helios.")
    assert " s (cold start), " in lines[3].detail
    assert f"Its version is {__version__}." in lines[3].detail
    assert "with all of its 10 frames" in lines[4].detail
    assert studio.left() == []
    assert not any(line.advice for line in lines)
    again = await studio.lines()
    assert " s (no cold start), " in again["Test frame"].detail
    assert studio.left() == []
    assert not list(studio.folders.data.rglob("*.sqlite*")), "nothing is remembered of it"


async def test_a_frame_goes_to_lambda_and_comes_home(
    ministack: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ministack.with_new_bucket()
    environment = {
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "HELIOS_STORAGE_ENDPOINT_URL": server.endpoint_url,
    }
    with lambda_front(LambdaFunction(environment=environment)) as front:
        write_aws_profile(tmp_path, front.key, monkeypatch)
        profile = lambda_profile(front, server)
        found = {line.name: line async for line in check_round_trip(profile)}
        assert len(front.executions) == 1
    assert [(line.name, line.ok) for line in found.values()] == [
        ("Upload", True),
        ("Test frame", True),
        ("Output", True),
        ("Clean-up", True),
    ]
    assert server.keys("") == []


def lambda_profile(front: LambdaFront, server: S3Server) -> AwsLambdaProfile:
    return AwsLambdaProfile(
        name="studio-aws",
        aws_profile="studio",
        region=front.function.region,
        function=front.function.name,
        storage_url=f"s3://{server.bucket}/helios",
        lambda_endpoint=front.url,
        s3_endpoint=server.endpoint_url,
        sts_endpoint=front.url,
    )


async def test_a_worker_without_ffmpeg(gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path) -> None:
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\necho no such filter >&2\nexit 3\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    service = CloudRunService(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    with studio_on(service, gcs, google_tokens, tmp_path) as studio:
        found = await studio.lines()
        assert list(found) == ["Upload", "Test frame", "Clean-up"]
        assert found["Test frame"].ok is False
        assert "3" in found["Test frame"].detail
        assert "ffmpeg in the worker's image" in found["Test frame"].advice
        assert found["Clean-up"].ok
        assert studio.left() == []


async def test_a_service_that_lets_nobody_in(studio: Studio) -> None:
    studio.run.service.invokers = {"somebody@studio.example"}
    found = await studio.lines()
    assert (found["Test frame"].ok, found["Clean-up"].ok) == (False, True)
    assert "roles/run.invoker" in found["Test frame"].detail
    assert studio.left() == []


async def test_storage_that_takes_nothing(studio: Studio) -> None:
    found = await studio.lines(studio.profile.model_copy(update={"storage_url": "gs://elsewhere/helios"}))
    assert found["Upload"].ok is False
    assert "elsewhere" in found["Upload"].detail
    assert "Test frame" not in found
    assert found["Clean-up"].ok is not True
    assert studio.run.counts["forwarded"] == 0


async def test_an_output_that_comes_home_damaged(studio: Studio) -> None:
    studio.storage.script(corrupt(20), method="GET", path=r"connection-test\.mp4.*alt=media", times=None)
    found = await studio.lines()
    assert (found["Test frame"].ok, found["Clean-up"].ok) == (False, True)
    assert studio.left() == []


async def test_a_worker_of_another_version(studio: Studio) -> None:
    body = {"exitCode": 1, "message": "The worker is too old.", "failure": "fatal", "workerVersion": "0.0.9"}
    studio.service.script(answer(200, json.dumps(body).encode()), method="POST")
    found = await studio.lines()
    assert (found["Test frame"].ok, found["Test frame"].detail) == (False, "The worker is too old.")
    assert found["Worker's version"].detail == f"The worker is 0.0.9, this app is {__version__}."
    assert "packaging/worker" in found["Worker's version"].advice
    assert found["Clean-up"].ok


async def test_what_cannot_be_removed_is_told_of(studio: Studio) -> None:
    refusal = answer(403, b'{"error": {"message": "no storage.objects.delete access"}}')
    studio.storage.script(refusal, method="DELETE", times=None)
    studio.storage.script(refusal, path="/batch", times=None)
    found = await studio.lines()
    assert found["Output"].ok
    assert (found["Clean-up"].ok, found["Clean-up"].advice) == (False, "Remove it by hand.")
    assert "gs://renders/helios/jobs/connection-test-" in found["Clean-up"].detail


@pytest.mark.parametrize("moment", ["upload", "render", "download"])
async def test_nothing_is_left_of_one_that_is_cancelled(studio: Studio, moment: str) -> None:
    seen: list[CheckLine] = []
    if moment == "upload":
        studio.storage.script(hold(60), method="POST", path="upload")
    elif moment == "download":
        studio.storage.script(hold(60), method="GET", path=r"connection-test\.mp4.*alt=media")

    async def look() -> None:
        async for line in check_round_trip(studio.profile):
            seen.append(line)

    def has_come_so_far() -> bool:
        if moment == "render":
            return studio.run.counts["forwarded"] > 0
        path = "upload" if moment == "upload" else r"connection-test\.mp4.*alt=media"
        return studio.storage.count("GET" if moment == "download" else "POST", path) > 0

    task = asyncio.create_task(look())
    await eventually(lambda: has_come_so_far() or task.done())
    assert not task.done(), seen
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()  # impatience does not leave anything behind either
    with pytest.raises(asyncio.CancelledError):
        await task
    assert studio.left() == []
    await eventually(lambda: not any(instance.busy for instance in studio.run.instances))
    assert studio.left() == [], "nobody is left who could leave more"
    assert not any(line.name == "Clean-up" for line in seen)


async def test_one_that_is_not_read_to_its_end(studio: Studio) -> None:
    lines = check_round_trip(studio.profile)
    async for line in lines:
        if line.name == "Test frame":
            break
    assert studio.left() != []
    await lines.aclose()
    assert studio.left() == []


async def test_a_worker_that_never_answers(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_trip_check, "STOP_WAIT", 0.5)
    studio.service.script(answer(429, b"busy"), method="POST", times=None)
    details = []
    for patience in (1.0, 5.0, 30.0):  # a slow machine needs more of it to be told that there is no free instance
        monkeypatch.setattr(round_trip_check, "ANSWER_TIMEOUT", patience)
        found = await studio.lines()
        assert (found["Test frame"].ok, found["Clean-up"].ok) == (False, True)
        assert studio.left() == []
        details.append(found["Test frame"].detail)
        assert details[-1].startswith(f"No worker answered within {patience:.0f} s.")
        if "Waiting for a free one" in details[-1]:
            return
    pytest.fail(f"why is not said: {details}")


async def test_a_connection_that_breaks_is_followed_to_its_end(studio: Studio) -> None:
    studio.service.script(drop(0.05), method="POST")
    found = await studio.lines()
    assert [line.ok for line in found.values()] == [True] * 4
    assert studio.run.counts["forwarded"] == 1
    assert studio.left() == []


async def test_a_local_profile_has_nowhere_to_go(tmp_path: Path) -> None:
    lines = check_round_trip(LocalProfile(name="Local"))
    assert [line async for line in lines] == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_in_a_terminal_leaves_nothing(studio: Studio, tmp_path: Path) -> None:
    ProfileStore(studio.folders.profiles).save([LocalProfile(name="Local"), studio.profile], "Local")
    studio.storage.script(hold(60), method="POST", path="upload", skip=1)
    terminal = subprocess.Popen(
        command("doctor", "--profile", "cloud", "--round-trip"),
        env=environment(tmp_path / "home"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: studio.storage.count("POST", "upload") > 1 or terminal.poll() is not None)
    terminal.send_signal(signal.SIGINT)
    said, complained = terminal.communicate(timeout=60)
    assert terminal.returncode == 130, said + complained
    assert complained.splitlines() == ["Stopping, and removing what was uploaded …", "Interrupted."]
    assert "Upload" not in said
    assert studio.left() == []
