"""A service that refuses every call for some time: said once, and its end once; nothing while it is merely full."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.adapters.remote import adapter as adapter_module
from helios_gui.adapters.remote.refusal_watch import RefusalWatch
from helios_gui.cli import main
from helios_gui.profiles.store import ProfileStore
from helios_gui.utils.folders import AppFolders
from tests.cloud.clouds import Cloud
from tests.cloud.projects import QUICK, Project, cloud_run_settings, gated, open_project
from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.faults import answer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.support.waiting import eventually


@pytest.fixture
def run(google_tokens: GoogleTokenServer) -> Iterator[CloudRun]:
    """A service that has one instance, and refuses what it cannot take at once."""
    with cloud_run(CloudRunService(max_instances=1, patience=0, invokers={google_tokens.authority.account()}),
                   google_tokens) as front:  # fmt: skip
        yield front


@asynccontextmanager
async def open_listening(cloud: Cloud, folder: Path) -> AsyncIterator[tuple[Project, list[str]]]:
    """A job in either cloud, and what is said of it."""
    said: list[str] = []
    settings = cloud.settings.changed(say=said.append, refused_for=0.4, concurrency=4)
    async with open_project(folder / "job", settings) as made:
        yield made, said


@pytest.mark.parametrize(("cloud_kind", "delay"), [("cloud-run", 0.0), ("cloud-run", 0.6)])
async def test_refusals_of_everything_are_said_once_and_their_end(delay: float, cloud: Cloud, tmp_path: Path) -> None:
    async with open_listening(cloud, tmp_path) as (made, said):
        await made.prepare(QUICK, QUICK, QUICK)
        refusal = replace(answer(429, b'{"Reason": "CallerRateLimitExceeded"}'), delay=delay)
        cloud.calls.script(refusal, method="POST", times=None)
        executions = asyncio.gather(*(made.execute(index) for index in range(3)))
        await eventually(lambda: said)
        refused = cloud.calls.count("POST")
        await eventually(lambda: cloud.calls.count("POST") > refused)
        assert len(said) == 1
        assert said[0].endswith("they are sent again until it takes one.")
        cloud.calls.heal()
        assert [result.ok for result in await executions] == [True] * 3
        assert len(said) == 2
        assert said[1].startswith(f"Chunks are rendered again by {made.adapter._invoker.name}, after 0:")


@pytest.mark.parametrize("cloud_kind", ["cloud-run"])
async def test_a_wait_that_is_given_up_is_not_spoken_of(cloud: Cloud, tmp_path: Path) -> None:
    async with open_listening(cloud, tmp_path) as (made, said):
        await made.prepare(QUICK)
        cloud.calls.script(answer(429, b"no"), method="POST", times=None)
        execution = asyncio.create_task(made.execute())
        await eventually(lambda: cloud.calls.count("POST"))
        execution.cancel()
        with pytest.raises(asyncio.CancelledError):
            await execution
        watch = made.adapter._services.refusals
        assert watch._timer is None
        assert not said


async def test_a_service_that_is_full_is_no_news(
    run: CloudRun, google_tokens: GoogleTokenServer, tmp_path: Path
) -> None:
    said: list[str] = []
    go = tmp_path / "go"
    settings = cloud_run_settings(run, google_tokens, tmp_path / "key.json", (tmp_path / "storage").as_uri())
    changed = settings.changed(say=said.append, refused_for=0.3, concurrency=3)
    async with open_project(tmp_path / "job", changed) as project:
        await project.prepare(*[gated(go)] * 2)
        executions = asyncio.gather(*(project.execute(index) for index in range(2)))
        await eventually(lambda: run.counts["throttled"])
        watch = project.adapter._services.refusals
        await eventually(lambda: watch._since is None)  # it has been looked at, and one is at work
        go.touch()
        assert all(result.ok for result in await executions)
    assert not said


@pytest.mark.parametrize("cloud_kind", ["cloud-run"])
def test_the_plain_terminal_says_what_is_waited_for_and_that_it_is_over(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.calls.script(answer(503, b"no healthy upstream"), method="POST", times=None)

    def heal_after(name: str, say: object, after: float) -> object:
        def say_and_heal(words: str) -> None:
            say(words)  # type: ignore[operator]
            cloud.calls.heal()

        assert after == 10.0
        return RefusalWatch(name, say_and_heal, 0.3)

    monkeypatch.setattr(adapter_module, "RefusalWatch", heal_after)
    folders = AppFolders.at(tmp_path / "home").create()
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    ProfileStore(folders.profiles).save([cloud.profile], cloud.profile.name)
    work = tmp_path / "work"
    work.mkdir()
    command = f"{sys.executable} -S -c \\\"open('a.txt','w').write('made')\\\""
    (work / "job.json").write_text(
        '{"metadata": {"totalFrames": 1, "fps": 30, "width": 8, "height": 8}, "chunks": [{"id": 0, "startFrame": 0,'
        f'"frameCount": 1, "outputFile": "a.txt", "command": "{command}"}}]}}'
    )
    assert main(["render", str(work / "job.json"), "--profile", cloud.profile.name, "--trust"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "Chunks" in line]
    assert len(told) == 2, told
    assert "they are sent again until it takes one" in told[0]
    assert told[1].startswith("Chunks are rendered again by ")
    assert (work / "a.txt").read_text() == "made"
