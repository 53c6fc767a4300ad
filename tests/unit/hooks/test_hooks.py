"""Hooks are told what happens to jobs: real commands, a real server, and the program in a terminal."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from helios_gui.cli import main
from helios_gui.hooks.failures import HookFailedError
from helios_gui.hooks.hook import BodyFormat, Hook, HookEvent
from helios_gui.hooks.message import message_body
from helios_gui.hooks.runner import TRIES, HookRunner
from helios_gui.hooks.sample import made_up_job
from helios_gui.hooks.store import HookSettings, HookStore
from helios_gui.types import (
    ChunkState,
    Event,
    HeliosError,
    JobAdded,
    JobChanged,
    JobRemoved,
    JobState,
    JobSummary,
    UserInputError,
)
from helios_gui.types.waits import WaitKind
from tests.support.chat import chat
from tests.support.jobs import python
from tests.support.waiting import PATIENCE, eventually

HOSTILE = "<!channel> *Film* & @everyone [x](http://evil)"

WRITE_DOWN = """
import json, os, sys
data = json.load(sys.stdin)
assert data["name"] == os.environ["HELIOS_JOB_NAME"]
with open(sys.argv[1], "a") as file:
    print(os.environ["HELIOS_EVENT"], data["state"], os.environ["HELIOS_JOB_OUTPUT"], file=file)
"""


def job(folder: Path, state: JobState = JobState.COMPLETED, **changes: Any) -> JobSummary:
    values: dict[str, Any] = {
        "id": "j1",
        "name": "Film",
        "state": state,
        "profile": "Local",
        "job_dir": folder,
        "output": folder / "film.mp4",
        "frames_total": 100,
        "chunks_total": 4,
        "added_at": 0.0,
    }
    return JobSummary(**{**values, **changes})


class Pauses(list[float]):
    """Waits no time, and remembers how long it should have been."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "x"}, "either a command, a url or an email"),
        ({"name": "x", "command": "a", "url": "https://b"}, "either a command, a url or an email"),
        ({"name": "x", "url": "file:///etc/passwd"}, "no web address"),
        ({"name": "x", "url": "https://b", "token": "s3cret"}, "It is not stored itself"),
        ({"name": "x", "url": "https://b", "token": "env:AWS_SECRET_ACCESS_KEY"}, "It is not stored itself"),
        ({"name": "x", "url": "https://[::1"}, "no web address"),
        ({"name": "x", "url": "https://host:port/"}, "no web address"),
        ({"name": "x", "email": ["a@b", "a@b\\nBcc: c@d"]}, "no e-mail address"),
        ({"name": "x", "email": ["Ann <a@b>"]}, "no e-mail address"),
        ({"name": "x", "email": ["a@b"], "command": "a"}, "either a command, a url or an email"),
        ({"name": "x", "command": "echo 'open"}, "quote"),
        ({"name": "x", "command": "a && b"}, "shell"),
        ({"name": "x", "command": "a", "events": []}, "at least 1"),
        ({"name": "x", "command": "a", "events": ["never"]}, "done"),
        ({"name": "x", "command": "a", "shell": True}, "Extra"),
    ],
)
def test_a_bad_hook_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Hook.model_validate(values)


def test_a_hook_for_the_built_in_profile_knows_it_in_every_language() -> None:
    hook = Hook(name="a", command="true", profiles=("Lokal",))
    assert [name for name in ("Local", "Lokal", "Cloud") if hook.is_for(HookEvent.DONE, name)] == ["Local", "Lokal"]


@pytest.mark.parametrize("event", HookEvent)
def test_the_job_that_hooks_are_tried_with_contradicts_itself_nowhere(event: HookEvent) -> None:
    job = made_up_job(event)
    assert sum(job.counts.values()) == job.chunks_total
    assert (job.state is JobState.COMPLETED) is (job.chunks_done == job.chunks_total)
    assert (job.state is JobState.FAILED) is (ChunkState.FAILED in job.counts)


def test_the_store_keeps_what_it_cannot_use_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "hooks.json"
    path.write_text(json.dumps({"hooks": [{"name": "good", "command": "true"}, {"name": "odd", "telegram": 1}]}))
    store = HookStore(path)
    assert [hook.name for hook in store.hooks] == ["good"]
    assert "“odd”" in store.problem
    store.save([*store.hooks, Hook(name="chat", url="https://example.org")])
    entries = json.loads(path.read_text())["hooks"]
    assert [entry["name"] for entry in entries] == ["good", "chat", "odd"]
    with pytest.raises(UserInputError, match="same name"):
        store.save([*store.hooks, *store.hooks])
    path.write_text("no JSON")
    assert HookStore(path).hooks == ()
    assert list(tmp_path.glob("hooks.json.bad-*"))


async def test_a_command_gets_the_job_as_json_and_as_variables(tmp_path: Path) -> None:
    runner = HookRunner(HookSettings, tmp_path / "logs" / "hooks.log")
    hook = Hook(name="note", command=python(WRITE_DOWN, "told"))
    await runner.notify(hook, HookEvent.DONE, job(tmp_path))
    assert (tmp_path / "told").read_text() == f"done completed {tmp_path / 'film.mp4'}\n"
    line = (tmp_path / "logs" / "hooks.log").read_text("utf-8")
    assert re.fullmatch(r"[-\d]+ [:\d]+  note  “Film” is done after [:\d]+ \(j1\)  ✓\n", line)


async def test_a_command_that_fails_or_is_not_there_is_logged_and_not_run_again(tmp_path: Path) -> None:
    pauses = Pauses()
    runner = HookRunner(HookSettings, tmp_path / "hooks.log", pauses)
    for command, words in (
        (python("import sys; print('no paper'); sys.exit(3)"), "exit code 3: no paper"),
        ("no-such-program-at-all", "does not start"),
    ):
        with pytest.raises(HookFailedError, match=words):
            await runner.notify(Hook(name="print", command=command), HookEvent.FAILED, job(tmp_path))
        line = (tmp_path / "hooks.log").read_text("utf-8").splitlines()[-1]
        assert line.partition("  print  ")[2].startswith("“Film” has failed (j1)  ✗ ")
        assert words in line
    assert pauses == []


async def test_an_address_is_tried_again_while_it_has_trouble_and_gets_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = Pauses()
    runner = HookRunner(HookSettings, tmp_path / "hooks.log", pauses)
    monkeypatch.setenv("HELIOS_CHAT_TOKEN", "abc")
    async with chat(503, 429) as server:
        monkeypatch.setenv("HELIOS_CHAT_URL", server.url)
        hook = Hook(name="chat", url="env:HELIOS_CHAT_URL", token="env:HELIOS_CHAT_TOKEN")
        await runner.notify(hook, HookEvent.DONE, job(tmp_path, cost=1.5))
    assert pauses == [1.0, 4.0]
    assert len(server.got) == 3
    headers, data = server.got[-1]
    assert headers["Authorization"] == "Bearer abc"
    assert (data["event"], data["name"], data["frames"], data["cost"]) == ("done", "Film", 100, 1.5)


@pytest.mark.parametrize(("statuses", "tries"), [((404,), 1), ((500,) * 9, TRIES)])
async def test_an_address_that_refuses_is_given_up(tmp_path: Path, statuses: tuple[int, ...], tries: int) -> None:
    runner = HookRunner(HookSettings, tmp_path / "hooks.log", Pauses())
    async with chat(*statuses) as server:
        with pytest.raises(HeliosError, match=f"The service answered {statuses[0]}"):
            await runner.notify(Hook(name="chat", url=server.url), HookEvent.DONE, job(tmp_path))
    assert len(server.got) == tries
    with pytest.raises(HeliosError):  # nobody listens any more
        await runner.notify(Hook(name="chat", url=server.url), HookEvent.DONE, job(tmp_path))


def test_chats_show_names_as_they_are(tmp_path: Path) -> None:
    told = job(tmp_path, JobState.FAILED, name=HOSTILE, reason="<b>no disk</b>")
    slack = message_body(BodyFormat.SLACK, HookEvent.FAILED, told)
    assert "&lt;!channel&gt; *Film* &amp; @everyone" in slack["text"]
    assert slack["mrkdwn"] is False
    discord = message_body(BodyFormat.DISCORD, HookEvent.FAILED, job(tmp_path, name="x" * 5_000))
    assert len(discord["content"]) == 2_000
    assert discord["allowed_mentions"] == {"parse": []}
    (attachment,) = message_body(BodyFormat.TEAMS, HookEvent.FAILED, told)["attachments"]
    assert (
        attachment["content"]["body"][0]["text"] == r"“\<!channel\> \*Film\* & @everyone \[x\](http://evil)” has failed"
    )


async def test_each_event_is_told_once_and_only_what_happens_after_the_start(tmp_path: Path) -> None:
    hooks = [
        Hook(name="all", command=python(WRITE_DOWN, "all"), events=tuple(HookEvent)),
        Hook(name="failed", command=python(WRITE_DOWN, "failed"), events=(HookEvent.FAILED,)),
        Hook(name="off", command=python(WRITE_DOWN, "off"), enabled=False),
    ]
    runner = HookRunner(lambda: HookSettings(tuple(hooks)), tmp_path / "hooks.log")
    runner.know([job(tmp_path)])
    blocked = job(tmp_path, JobState.PAUSED, blocked=True)
    batches: list[list[Event]] = [
        [JobChanged(job(tmp_path))],
        [JobChanged(job(tmp_path, JobState.RUNNING)), JobChanged(job(tmp_path, JobState.RUNNING))],
        [JobChanged(blocked)],
        [JobChanged(blocked)],
        [JobChanged(job(tmp_path, JobState.RUNNING))],
        [JobChanged(job(tmp_path, JobState.RUNNING, short_of_room=True))],
        [JobChanged(job(tmp_path, JobState.RUNNING)), JobChanged(job(tmp_path, JobState.FAILED))],
        [JobRemoved("j1")],
        [JobAdded(job(tmp_path, JobState.FAILED))],
    ]
    for count, batch in zip((0, 1, 2, 2, 3, 4, 5, 5, 5), batches, strict=True):
        runner.take(batch)
        await eventually(lambda count=count: _lines(tmp_path / "all") == count)
    await runner.close()
    assert (tmp_path / "all").read_text().split("\n")[:-1] == [
        f"started running {tmp_path / 'film.mp4'}",
        f"waits paused {tmp_path / 'film.mp4'}",
        f"started running {tmp_path / 'film.mp4'}",
        f"waits running {tmp_path / 'film.mp4'}",
        f"failed failed {tmp_path / 'film.mp4'}",
    ]
    assert _lines(tmp_path / "failed") == 1
    assert not (tmp_path / "off").exists()


async def test_what_holds_a_job_up_is_told_once_in_a_run_but_not_its_hours(tmp_path: Path) -> None:
    hook = Hook(name="all", command=python(WRITE_DOWN, "all"), events=(HookEvent.HELD_UP,))
    runner = HookRunner(lambda: HookSettings((hook,)), tmp_path / "hooks.log")
    asked = job(tmp_path, JobState.PENDING, in_line=True)
    runner.know([job(tmp_path, JobState.PENDING)])
    paused = job(tmp_path, JobState.PAUSED)
    for waits_for in WaitKind:
        runner.take([JobChanged(replace(asked, waits_for=waits_for)), JobChanged(asked)])
        runner.take([JobChanged(replace(asked, state=JobState.RUNNING, in_line=False, waits_for=waits_for))])
    await eventually(lambda: _lines(tmp_path / "all") == 3)  # power, memory and the end of a program
    runner.take([JobChanged(paused), JobChanged(replace(asked, waits_for=WaitKind.MEMORY))])
    await eventually(lambda: _lines(tmp_path / "all") == 4)
    held_up = job(tmp_path, JobState.PENDING, held_up=True)
    runner.take([JobChanged(held_up), JobChanged(held_up), JobChanged(paused), JobChanged(held_up)])
    runner.take([JobChanged(asked), JobChanged(held_up)])
    await eventually(lambda: _lines(tmp_path / "all") == 6)  # but not when it was asked for: who did that sees it
    await runner.close()
    assert _lines(tmp_path / "all") == 6
    assert set((tmp_path / "all").read_text().splitlines()) == {f"held-up pending {tmp_path / 'film.mp4'}"}


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


async def test_what_another_process_renders_is_told_by_that_process(tmp_path: Path) -> None:
    hook = Hook(name="all", command=python(WRITE_DOWN, "all"), events=tuple(HookEvent))
    runner = HookRunner(lambda: HookSettings((hook,)), tmp_path / "hooks.log")
    runner.know([job(tmp_path, JobState.PENDING)])
    runner.take(
        [JobChanged(job(tmp_path, JobState.COMPLETED))]
    )  # as it is read in the journal: at rest before and after
    runner.take([JobChanged(job(tmp_path, JobState.PENDING, in_line=True))])
    runner.take([JobChanged(job(tmp_path, JobState.FAILED, reason="no such profile"))])
    await runner.close()
    assert (tmp_path / "all").read_text() == f"failed failed {tmp_path / 'film.mp4'}\n"


async def test_what_happened_first_is_told_first_and_hooks_may_change_meanwhile(tmp_path: Path) -> None:
    slow_start = python("import sys, time; time.sleep(0.3 * (sys.argv[1] == 'a')); " + WRITE_DOWN, "{}")
    hooks = [Hook(name="note", command=slow_start.format("a"), events=tuple(HookEvent))]
    runner = HookRunner(lambda: HookSettings(tuple(hooks)), tmp_path / "hooks.log")
    runner.know([job(tmp_path, JobState.PENDING)])
    runner.take([JobChanged(job(tmp_path, JobState.RUNNING))])
    await eventually(lambda: runner._turns)
    hooks[:] = [Hook(name="note", command=slow_start.format("b"), events=tuple(HookEvent))]
    runner.take([JobChanged(job(tmp_path, JobState.COMPLETED))])
    await runner.close()
    began, ended = [line.split("  ")[2] for line in (tmp_path / "hooks.log").read_text("utf-8").splitlines()]
    assert ("has started" in began, "is done" in ended) == (True, True)
    assert (tmp_path / "a").read_text().startswith("started running")
    assert (tmp_path / "b").read_text().startswith("done completed")


async def test_what_hangs_ends_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helios_gui.hooks.runner._LAST_SECONDS", 0.1)
    hook = Hook(name="slow", command=python("import time; time.sleep(600)"), events=(HookEvent.STARTED,))
    runner = HookRunner(lambda: HookSettings((hook,)), tmp_path / "hooks.log")
    runner.know([job(tmp_path, JobState.PENDING)])
    runner.take([JobChanged(job(tmp_path, JobState.RUNNING))])
    await asyncio.sleep(0)
    await runner.close()


async def test_what_a_command_started_ends_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helios_gui.hooks.runner._LAST_SECONDS", 0.1)
    child = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    wrapper = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    hook = Hook(name="slow", command=python(wrapper, child, str(tmp_path / "begun")), events=(HookEvent.STARTED,))
    runner = HookRunner(lambda: HookSettings((hook,)), tmp_path / "hooks.log")
    runner.know([job(tmp_path, JobState.PENDING)])
    runner.take([JobChanged(job(tmp_path, JobState.RUNNING))])
    await eventually((tmp_path / "begun").exists)
    async with asyncio.timeout(PATIENCE):  # the child has the wrapper's pipes
        await runner.close()


def test_in_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    told = tmp_path / "told"
    assert main(["hooks", "list"]) == 0
    assert "There are no hooks." in capsys.readouterr().out
    command = python(WRITE_DOWN, str(told))
    assert main(["hooks", "add", "note", "--command", command, "--on", "started", "--on", "failed"]) == 0
    assert main(["hooks", "add", "bad", "--url", "gopher://x"]) == 2
    assert "no web address" in capsys.readouterr().err
    assert main(["hooks", "test", "note", "--on", "failed"]) == 0
    assert told.read_text().startswith("failed failed ")
    assert main(["hooks", "test", "note", "--on", "never"]) == 2
    told.unlink()

    path = tmp_path / "job.json"
    chunk = {
        "id": 1,
        "startFrame": 0,
        "frameCount": 5,
        "outputFile": "a.mp4",
        "command": python("import sys; sys.exit(1)"),
    }
    size = {"totalFrames": 5, "fps": 25, "width": 64, "height": 36}
    path.write_text(json.dumps({"metadata": size, "chunks": [chunk], "outputFile": "film.mp4"}))
    assert main(["render", str(path), "--trust", "--retries", "0"]) == 1
    assert [line.split()[0] for line in told.read_text().splitlines()] == ["started", "failed"]

    assert main(["hooks", "remove", "note"]) == 0
    assert main(["hooks", "remove", "note"]) == 2
    capsys.readouterr()
    assert main(["hooks", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
