from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import helios_gui
from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.process.process_table import list_processes
from helios_gui.process.process_trees import end_attempts
from helios_gui.types import FailureKind, RenderChunk, WorkerAdapter, WorkerJob
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

MakeJob = Callable[..., WorkerJob]

HOST = """
import asyncio, json, sys
from pathlib import Path
from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.types import RenderChunk, WorkerJob

async def main():
    folder, attempt, script = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    chunk = RenderChunk(id=0, start_frame=0, frame_count=10, output_file="out.mov", command="x")
    command = ("/bin/sh", "-c", script)
    job = WorkerJob("job", attempt, chunk, 0, command, folder, folder / "out.mov", folder / "host.log")
    await LocalAdapter().execute(job)

asyncio.run(main())
"""


@pytest.fixture
def make_job(tmp_path: Path) -> MakeJob:
    """Makes attempts that run a shell script (or ``command``) in a folder of their own."""
    chunk = RenderChunk(id=3, start_frame=30, frame_count=10, output_file="out.mov", command="as given")

    def make(script: str = "", **changes: object) -> WorkerJob:
        attempt = uuid.uuid4().hex
        values: dict[str, object] = {
            "job_id": "job-1",
            "attempt_id": attempt,
            "chunk": chunk,
            "chunk_index": 3,
            "command": ("/bin/sh", "-c", script),
            "job_dir": tmp_path,
            "output": tmp_path / "out.mov",
            "log_path": tmp_path / "logs" / "job-1" / f"{attempt}.log",
        }
        return WorkerJob(**(values | changes))  # type: ignore[arg-type]

    return make


def remaining(job: WorkerJob) -> list[int]:
    """The living processes that carry the attempt's id."""
    return [entry.pid for entry in list_processes() if entry.attempt_id == job.attempt_id]


async def log_of(job: WorkerJob, words: int) -> list[str]:
    """What the attempt has printed, once that is ``words`` words."""
    await eventually(lambda: job.log_path.exists() and len(job.log_path.read_text().split()) >= words)
    return job.log_path.read_text().split()


async def test_success(make_job: MakeJob) -> None:
    adapter: WorkerAdapter = LocalAdapter()
    job = make_job("echo working; echo done >&2")
    result = await adapter.execute(job)
    assert result.ok
    assert (result.exit_code, result.failure, result.message) == (0, None, "")
    assert result.tail == ("working", "done")
    assert result.duration > 0
    assert job.log_path.read_text() == "working\ndone\n"


async def test_runs_in_the_folder_with_its_environment_and_without_a_shell(make_job: MakeJob, tmp_path: Path) -> None:
    script = "import json, os, sys; print(json.dumps([os.getcwd(), dict(os.environ), sys.argv[1:]]))"
    arguments = ["$HOME", "*", "a b", "", "'\""]
    job = make_job(command=(sys.executable, "-c", script, *arguments), environment={"STUDIO": "north", "PATH": "/x"})
    result = await LocalAdapter().execute(job)
    folder, environment, seen = json.loads(result.tail[0])
    assert folder == str(tmp_path)
    assert seen == arguments
    assert environment["STUDIO"] == "north"
    assert environment["PATH"] == "/x"
    assert environment["HOME"] == os.environ["HOME"]
    assert environment["HELIOS_ATTEMPT_ID"] == job.attempt_id
    assert environment["HELIOS_JOB_ID"] == "job-1"
    assert environment["HELIOS_CHUNK_ID"] == "3"


async def test_a_job_cannot_take_the_attempt_id_away(make_job: MakeJob) -> None:
    job = make_job("echo $HELIOS_ATTEMPT_ID", environment={"HELIOS_ATTEMPT_ID": "forged"})
    assert (await LocalAdapter().execute(job)).tail == (job.attempt_id,)


class TestFailures:
    async def test_exit_code_with_the_last_words(self, make_job: MakeJob) -> None:
        result = await LocalAdapter().execute(make_job("echo 'no such layer: sky' >&2; echo; echo frame=12; exit 3"))
        assert not result.ok
        assert (result.exit_code, result.failure) == (3, FailureKind.TRANSIENT)
        assert result.message == '"sh" ended with exit code 3: no such layer: sky'

    async def test_killed(self, make_job: MakeJob) -> None:
        result = await LocalAdapter().execute(make_job("kill -KILL $$"))
        assert (result.exit_code, result.failure) == (-9, FailureKind.TRANSIENT)
        assert result.message == '"sh" was ended by signal 9 (SIGKILL); the system may have run out of memory'

    async def test_crashed(self, make_job: MakeJob) -> None:
        result = await LocalAdapter().execute(make_job("echo loading; kill -SEGV $$"))
        assert result.message == '"sh" crashed with signal 11 (SIGSEGV): loading'

    async def test_missing_program(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = make_job(command=(str(tmp_path / "blender"), "-b"))
        result = await LocalAdapter().execute(job)
        assert (result.exit_code, result.failure) == (None, FailureKind.FATAL)
        assert f"The program '{tmp_path / 'blender'}' was not found. There is no" in result.message
        assert "Install it there" in result.message
        assert job.log_path.read_text() == result.message + "\n", "the log says it too"

    async def test_missing_interpreter(self, make_job: MakeJob, tmp_path: Path) -> None:
        script = tmp_path / "render.sh"
        script.write_text("#!/no/such/shell\n")
        script.chmod(0o755)
        result = await LocalAdapter().execute(make_job(command=(str(script),)))
        assert result.failure is FailureKind.FATAL
        assert "interpreter" in result.message

    async def test_script_with_the_line_ends_of_windows(self, make_job: MakeJob, tmp_path: Path) -> None:
        script = tmp_path / "render.sh"
        script.write_bytes(b"#!/bin/sh\r\nexit 0\r\n")
        script.chmod(0o755)
        result = await LocalAdapter().execute(make_job(command=(str(script),)))
        assert result.failure is FailureKind.FATAL
        assert "ends as in Windows" in result.message

    async def test_program_without_its_run_bit(self, make_job: MakeJob, tmp_path: Path) -> None:
        (tmp_path / "render.sh").write_text("#!/bin/sh\n")
        result = await LocalAdapter().execute(make_job(command=(str(tmp_path / "render.sh"),)))
        assert result.failure is FailureKind.FATAL
        assert "chmod +x" in result.message

    async def test_not_a_program(self, make_job: MakeJob, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("not a program")
        (tmp_path / "notes.txt").chmod(0o755)
        result = await LocalAdapter().execute(make_job(command=(str(tmp_path / "notes.txt"),)))
        assert result.failure is FailureKind.FATAL
        assert "is not a program" in result.message

    async def test_missing_folder(self, make_job: MakeJob, tmp_path: Path) -> None:
        result = await LocalAdapter().execute(make_job("true", job_dir=tmp_path / "gone"))
        assert result.failure is FailureKind.FATAL
        assert f"folder {tmp_path / 'gone'} is missing" in result.message

    @pytest.mark.parametrize("command", [(), ("/bin/echo", "a\0b")], ids=["empty", "null character"])
    async def test_impossible_command(self, make_job: MakeJob, command: tuple[str, ...]) -> None:
        result = await LocalAdapter().execute(make_job(command=command))
        assert result.failure is FailureKind.FATAL
        assert "could not be started" in result.message

    async def test_arguments_past_the_systems_limit(self, make_job: MakeJob) -> None:
        result = await LocalAdapter().execute(make_job(command=("/bin/echo", "x" * 3_000_000)))
        assert result.failure is FailureKind.FATAL

    async def test_too_many_open_files_ask_for_patience(self, make_job: MakeJob) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for spare in (0, 1, 2, 3):  # fails at the log file, at the process's pipes, …
            used = max(int(name) for name in os.listdir("/proc/self/fd"))
            holes = [os.open("/dev/null", os.O_RDONLY) for _ in range(used - len(os.listdir("/proc/self/fd")) + 2)]
            limit = max(*holes, used) + 1 + spare
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            try:
                result = await LocalAdapter().execute(make_job("true"))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                for hole in holes:
                    os.close(hole)
            assert (result.failure, result.exit_code) == (FailureKind.THROTTLED, None), f"with {spare} to spare"

    async def test_log_that_cannot_be_written(self, make_job: MakeJob, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        result = await LocalAdapter().execute(make_job("true", log_path=tmp_path / "file" / "a.log"))
        assert result.failure is FailureKind.FATAL
        assert "log" in result.message


class TestOutput:
    async def test_lines_arrive_while_the_chunk_runs(self, make_job: MakeJob) -> None:
        batches: list[list[str]] = []
        arrived = asyncio.Event()

        def on_lines(lines: Sequence[str]) -> None:
            batches.append(list(lines))
            arrived.set()

        job = make_job(r"printf 'frame= 1\rframe= 2\r'; while [ ! -e go ]; do sleep 0.01; done; printf end")
        task = asyncio.create_task(LocalAdapter().execute(make_job(command=job.command, on_lines=on_lines)))
        await arrived.wait()
        assert batches == [["frame= 1", "frame= 2"]]
        (job.job_dir / "go").touch()
        result = await task
        assert batches == [["frame= 1", "frame= 2"], ["end"]], "the last line needs no newline"
        assert result.tail == ("frame= 1", "frame= 2", "end")

    async def test_ten_megabytes_without_a_newline(self, make_job: MakeJob) -> None:
        received: list[str] = []
        job = make_job("head -c 10000000 /dev/zero | tr '\\0' x", on_lines=received.extend)
        result = await LocalAdapter().execute(job)
        assert result.ok
        assert job.log_path.stat().st_size == 10_000_000, "the log is complete"
        assert sum(map(len, received)) < 100_000
        assert sum(map(len, result.tail)) < 100_000

    async def test_flood_of_lines_keeps_the_loop_alive_and_the_tail_right(self, make_job: MakeJob) -> None:
        received: list[str] = []
        job = make_job("seq 1 2000000", on_lines=received.extend)
        result = await LocalAdapter().execute(job)
        assert result.tail[-1] == "2000000"
        assert len(result.tail) == 40
        assert received[-1] == "2000000"
        assert job.log_path.stat().st_size == sum(len(str(number)) + 1 for number in range(1, 2_000_001))

    async def test_binary_output(self, make_job: MakeJob) -> None:
        result = await LocalAdapter().execute(make_job(r"printf 'caf\351\nok\n'"))
        assert result.tail == ("caf\ufffd", "ok")

    async def test_attempts_append_to_a_shared_log(self, make_job: MakeJob, tmp_path: Path) -> None:
        adapter = LocalAdapter()
        first = await adapter.execute(make_job("echo one", log_path=tmp_path / "shared.log"))
        assert first.tail == ("one",)
        await adapter.execute(make_job("echo two", log_path=tmp_path / "shared.log"))
        assert (tmp_path / "shared.log").read_text() == "one\ntwo\n"

    async def test_failing_listener_does_not_fail_the_render(
        self, make_job: MakeJob, caplog: pytest.LogCaptureFixture
    ) -> None:
        def on_lines(lines: Sequence[str]) -> None:
            raise ValueError("listener is broken")

        result = await LocalAdapter().execute(make_job("echo one; sleep 0.2; echo two", on_lines=on_lines))
        assert result.ok
        assert "listener is broken" in caplog.text

    async def test_listens_to_many_at_once(self, make_job: MakeJob) -> None:
        adapter = LocalAdapter()
        received: dict[int, list[str]] = {number: [] for number in range(12)}
        jobs = [
            make_job(f"echo {number}; sleep 0.2; echo {number}", on_lines=lines.extend)
            for number, lines in received.items()
        ]
        await asyncio.gather(*(adapter.execute(job) for job in jobs))
        assert received == {number: [str(number)] * 2 for number in range(12)}


FAMILY = (
    "sleep 60 & echo $!; setsid sh -c 'echo $$; exec sleep 60' & (setsid sh -c 'echo $$; exec sleep 60' &);"
    " while [ $(wc -w < $LOG) -lt 3 ]; do sleep 0.01; done; "
)
"""Starts a child in the group, one in a session of its own and a daemon; each prints its pid."""


def family(make_job: MakeJob, tmp_path: Path, then: str, **changes: object) -> WorkerJob:
    log = tmp_path / "family.log"
    return make_job(FAMILY + then, log_path=log, environment={"LOG": str(log)}, **changes)


TIMEOUT = 5.0
"""Seconds: on a machine that stands still for a moment, too, renderers come to where their test wants them."""


class TestEnding:
    async def test_timeout_ends_the_whole_tree(self, make_job: MakeJob, tmp_path: Path) -> None:
        ordinary = family(make_job, tmp_path, "echo ready; sleep 60", timeout=TIMEOUT)
        stubborn = make_job("trap '' TERM; echo ready; sleep 60; sleep 60", timeout=TIMEOUT)
        tidy = make_job("trap 'exit 0' TERM; sleep 60 & wait", timeout=TIMEOUT)
        hurried = make_job("trap 'echo asked' TERM; sleep 60; sleep 60", timeout=TIMEOUT)

        async def cancel_during_its_end() -> None:
            task = asyncio.create_task(LocalAdapter(grace=3600).execute(hurried))
            await log_of(hurried, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        result, killed, cleaned_up, _ = await asyncio.gather(
            LocalAdapter().execute(ordinary),
            LocalAdapter(grace=0.1).execute(stubborn),
            LocalAdapter().execute(tidy),
            cancel_during_its_end(),
        )
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == '"sh" took longer than 5 s and was ended'
        assert not result.ok
        assert result.tail[-1] == "ready"
        assert killed.exit_code == -signal.SIGKILL
        assert "took longer than 5 s" in killed.message
        assert (cleaned_up.exit_code, cleaned_up.failure) == (0, FailureKind.TRANSIENT), "it took too long all the same"
        assert [remaining(job) for job in (ordinary, stubborn, tidy, hurried)] == [[]] * 4

    @pytest.mark.parametrize("then", ["sleep 60", "trap '' TERM; sleep 60; sleep 60", "kill -STOP $$; sleep 60"])
    async def test_cancelling_ends_the_whole_tree(self, make_job: MakeJob, tmp_path: Path, then: str) -> None:
        job = family(make_job, tmp_path, f"echo ready; {then}")
        task = asyncio.create_task(LocalAdapter(grace=0.3).execute(job))
        words = await log_of(job, 4)
        assert len(remaining(job)) >= 4
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert remaining(job) == []
        assert not {int(pid) for pid in words[:3]} & {entry.pid for entry in list_processes()}

    async def test_cancelling_twice_kills_at_once(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = family(make_job, tmp_path, "trap 'echo asked' TERM; echo ready; sleep 60; sleep 60")
        task = asyncio.create_task(LocalAdapter(grace=3600).execute(job))
        await log_of(job, 4)
        task.cancel()
        await log_of(job, 5)
        assert not task.done(), "it has its grace"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert remaining(job) == []

    async def test_cancelling_before_it_runs(self, make_job: MakeJob) -> None:
        job = make_job("sleep 60")
        task = asyncio.create_task(LocalAdapter().execute(job))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not job.log_path.exists()

    async def test_what_a_finished_chunk_left_running_is_ended(self, make_job: MakeJob) -> None:
        job = make_job("sleep 60 & echo rendered")
        result = await LocalAdapter().execute(job)
        assert result.ok
        assert remaining(job) == []

    async def test_what_a_failed_chunk_left_running_is_ended(self, make_job: MakeJob, tmp_path: Path) -> None:
        log = tmp_path / "daemon.log"
        daemon = "(setsid sh -c 'echo $$; exec sleep 60' &); while [ ! -s $LOG ]; do sleep 0.01; done; exit 4"
        job = make_job(daemon, log_path=log, environment={"LOG": str(log)})
        result = await LocalAdapter().execute(job)
        assert result.exit_code == 4
        assert remaining(job) == []

    async def test_others_go_on(self, make_job: MakeJob) -> None:
        adapter = LocalAdapter()
        other = asyncio.create_task(adapter.execute(make_job("while [ ! -e go ]; do sleep 0.01; done; echo on")))
        job = make_job("echo ready; sleep 60")
        cancelled = asyncio.create_task(adapter.execute(job))
        await log_of(job, 1)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        (job.job_dir / "go").touch()
        assert (await other).tail == ("on",)


async def test_reclaims_what_a_killed_app_left_behind(make_job: MakeJob, tmp_path: Path) -> None:
    script = "trap '' TERM; (setsid sleep 60 &); echo ready; sleep 60; sleep 60"
    job = make_job()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, "-c", HOST, tmp_path, job.attempt_id, script], env=environment) as host:
        log = tmp_path / "host.log"
        await eventually(lambda: log.exists() and "ready" in log.read_text())
        host.kill()
    await eventually(lambda: len(remaining(job)) == 3, "the render survives the app")
    assert await LocalAdapter(grace=0.1).reclaim(["another attempt"]) == 0
    assert await LocalAdapter(grace=0.1).reclaim([job.attempt_id, "another attempt"]) >= 3
    assert remaining(job) == []
    assert await LocalAdapter().reclaim([job.attempt_id]) == 0


async def test_nothing_is_left_open_after_many_attempts(make_job: MakeJob) -> None:
    adapter = LocalAdapter()
    await adapter.execute(make_job("true"))
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(20):
        kinds = [make_job("true")] * 6 + [make_job("exit 1"), make_job(command=("/no/such",))]
        kinds += [make_job("sleep 60", timeout=0.01), make_job("sleep 0.01")]
        await asyncio.gather(*(adapter.execute(job) for job in kinds))
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert adapter._runner._poller._timer is None


async def test_on_the_windows_own_loop(qapp: QApplication, make_job: MakeJob, tmp_path: Path) -> None:
    adapter = LocalAdapter(grace=0.2)
    received: list[str] = []
    results = await asyncio.gather(*(adapter.execute(make_job("echo hi", on_lines=received.extend)) for _ in range(20)))
    assert all(result.ok for result in results)
    assert received == ["hi"] * 20
    job = family(make_job, tmp_path, "trap '' TERM; echo ready; sleep 60; sleep 60")
    task = asyncio.create_task(adapter.execute(job))
    await log_of(job, 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert remaining(job) == []
    assert await end_attempts({job.attempt_id}, 0) == 0


async def test_a_command_of_ours_runs_this_installation(make_job: MakeJob, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('a module of the job, not of Python')")
    environment = {**os.environ, "PATH": "", "PYTHONPATH": str(Path(helios_gui.__file__).parents[1])}
    job = make_job(command=("helios-gui", "web", "gone.html", "-o", "out.mov"), environment=environment)
    result = await LocalAdapter().execute(job)
    assert result.exit_code == 2
    assert '"helios-gui"' in result.message
    assert "There is no page gone.html" in result.message
