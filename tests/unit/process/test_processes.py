from __future__ import annotations

import asyncio
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from helios_gui.process import child_process as processes
from helios_gui.process.attempt_mark import mark_of, marking, read_mark
from helios_gui.process.child_process import ChildProcess, child_environment, start_process
from helios_gui.process.process_table import ProcessEntry, list_processes, look_since, portable_entry
from helios_gui.process.process_trees import end_attempts, end_tree
from helios_gui.process.work_marks import ATTEMPT_VARIABLE
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


def shell(script: str, attempt_id: str, folder: Path) -> ChildProcess:
    """A shell of its own session running ``script``, printing to ``folder/log``."""
    with (folder / "log").open("ab") as log:
        environment = child_environment(os.environ, {ATTEMPT_VARIABLE: attempt_id})
        return ChildProcess(
            start_process(["/bin/sh", "-c", script], folder=folder, environment=environment, output=log.fileno())
        )


def new_attempt() -> str:
    return uuid.uuid4().hex


async def printed(folder: Path, lines: int) -> list[str]:
    """What the shell printed, once that is ``lines`` lines."""
    while len(found := (folder / "log").read_text().split()) < lines:
        await asyncio.sleep(0.01)
    return found


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class TestEnvironment:
    def test_extra_wins_and_base_is_left_alone(self) -> None:
        base = {"A": "1", "B": "2"}
        assert child_environment(base, {"B": "3"}) == {"A": "1", "B": "3"}
        assert base == {"A": "1", "B": "2"}

    async def test_the_working_folder_is_as_after_a_shells_cd(self, tmp_path: Path) -> None:
        inherited = {"PATH": os.environ["PATH"], "PWD": "/where/we/were/started", "OLDPWD": "/before"}
        with (tmp_path / "log").open("ab") as log:
            command = [sys.executable, "-c", "import os; print(os.environ['PWD'], 'OLDPWD' in os.environ)"]
            child = ChildProcess(start_process(command, folder=tmp_path, environment=inherited, output=log.fileno()))
            assert await child.exited == 0
        assert await printed(tmp_path, 2) == [str(tmp_path), "False"]
        assert inherited["PWD"] == "/where/we/were/started"


@pytest.fixture(params=["pidfd", "thread"])
def way_of_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to hear of an exit, the second as on systems without pidfd."""
    if request.param == "thread":
        monkeypatch.setattr(processes, "_open_exit_fd", lambda pid: None)
    return str(request.param)


class TestChildProcess:
    async def test_exit_code(self, way_of_waiting: str, tmp_path: Path) -> None:
        child = shell("exit 7", new_attempt(), tmp_path)
        assert child.exit_code is None
        assert await child.exited == 7
        assert child.exit_code == 7

    async def test_signal_is_a_negative_code(self, way_of_waiting: str, tmp_path: Path) -> None:
        child = shell("kill -SEGV $$", new_attempt(), tmp_path)
        assert await child.exited == -signal.SIGSEGV

    async def test_wait_can_be_cancelled_and_repeated(self, way_of_waiting: str, tmp_path: Path) -> None:
        child = shell("while [ ! -e go ]; do sleep 0.01; done; exit 5", new_attempt(), tmp_path)
        task = asyncio.create_task(child.wait())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (tmp_path / "go").touch()
        assert await child.wait() == 5
        assert await child.wait() == 5

    async def test_leads_its_own_group_without_input(self, tmp_path: Path) -> None:
        child = shell("cat; exec sleep 60", new_attempt(), tmp_path)
        await eventually(lambda: "sleep" in psutil.Process(child.pid).name())
        assert os.getpgid(child.pid) == child.pid
        await end_tree(child, new_attempt(), 5)

    def test_children_cannot_reach_the_terminal(self, tmp_path: Path) -> None:
        """Run in a terminal made by script(1), where a read of /dev/tty would otherwise stop the child for ever."""
        host = (
            "import os; from pathlib import Path; from helios_gui.process.child_process import start_process;"
            "process = start_process(['/bin/sh', '-c', 'read answer < /dev/tty || echo no terminal'],"
            " folder=Path('.'), environment=os.environ, output=os.open('log', os.O_WRONLY | os.O_CREAT));"
            "assert os.getsid(process.pid) == process.pid; process.wait(timeout=30)"
        )
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        command = ["script", "-qefc", shlex.join([sys.executable, "-c", host]), "/dev/null"]
        subprocess.run(command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, check=True)
        assert "no terminal" in (tmp_path / "log").read_text()

    async def test_no_zombie_and_no_descriptor_is_left(self, way_of_waiting: str, tmp_path: Path) -> None:
        before = len(os.listdir("/proc/self/fd"))
        children = [shell("exit 0", new_attempt(), tmp_path) for _ in range(20)]
        await asyncio.gather(*(child.exited for child in children))
        assert not any(psutil.pid_exists(child.pid) for child in children)
        assert len(os.listdir("/proc/self/fd")) == before

    async def test_sees_what_is_left_of_the_group(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("sleep 60 & exit 0", attempt, tmp_path)
        await child.exited
        assert child.has_group_members()
        await end_tree(child, attempt, 5)
        empty = shell("exit 0", attempt, tmp_path)
        await empty.exited
        assert not empty.has_group_members()


class TestEndTree:
    async def test_ends_children_politely(self, way_of_waiting: str, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("trap 'echo asked; exit 0' TERM; sleep 60 & echo $!; wait", attempt, tmp_path)
        (grandchild,) = await printed(tmp_path, 1)
        while psutil.Process(int(grandchild)).name() != "sleep":
            await asyncio.sleep(0.01)
        await end_tree(child, attempt, 30)
        assert child.exit_code == 0
        assert not alive(int(grandchild))
        assert (await printed(tmp_path, 2))[1:] == ["asked"], "asked once"

    async def test_script_does_not_go_on_to_its_next_step(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("sh -c 'echo ready; exec sleep 60'; echo next step", attempt, tmp_path)
        await printed(tmp_path, 1)
        await end_tree(child, attempt, 30)
        assert child.exit_code == -signal.SIGTERM
        assert await printed(tmp_path, 1) == ["ready"]

    async def test_asks_only_once(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        slow = "trap 'echo asked; sleep 0.3; exit' TERM; echo ready; while :; do sleep 0.01; done"
        child = shell(f'sh -c "{slow}" & wait', attempt, tmp_path)
        await printed(tmp_path, 1)
        await end_tree(child, attempt, 30)
        assert (await printed(tmp_path, 2)).count("asked") == 1

    async def test_kills_what_ignores_the_request(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("trap '' TERM; sleep 60 & echo $!; wait; wait", attempt, tmp_path)
        (grandchild,) = await printed(tmp_path, 1)
        await end_tree(child, attempt, 0.1)
        assert child.exit_code == -signal.SIGKILL
        assert not alive(int(grandchild))

    async def test_finds_what_left_the_session(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        script = "setsid sh -c 'echo $$; exec sleep 60' & (setsid sh -c 'echo $$; exec sleep 60' &) ; sleep 60"
        child = shell(script, attempt, tmp_path)
        strays = await printed(tmp_path, 2)
        await end_tree(child, attempt, 5)
        assert not any(alive(int(pid)) for pid in strays)

    async def test_finds_children_that_dropped_their_environment(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("env -i setsid sh -c 'echo $$; exec sleep 60' & sleep 60", attempt, tmp_path)
        (stray,) = await printed(tmp_path, 1)
        await end_tree(child, attempt, 5)
        assert not alive(int(stray))

    async def test_finds_daemons_after_their_parent_is_gone(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("(setsid sh -c 'echo $$; exec sleep 60' &) ; exit 3", attempt, tmp_path)
        await child.exited
        (daemon,) = await printed(tmp_path, 1)
        await end_tree(child, attempt, 5)
        assert not alive(int(daemon))

    @pytest.mark.skipif(sys.platform != "linux", reason="marks are Linux's")
    @pytest.mark.parametrize("end", ["exit 0", "exit 3", "sleep 60"])
    async def test_finds_daemons_without_environment_or_parent(self, tmp_path: Path, end: str) -> None:
        attempt = new_attempt()
        script = f"(env -i setsid sh -c 'cd /; echo $$; exec sleep 60 <&- 2>&-' &) ; echo out; {end}"
        child = shell(script, attempt, tmp_path)
        daemon = next(pid for pid in await printed(tmp_path, 2) if pid != "out")
        if end != "sleep 60":
            await child.exited
        await end_tree(child, attempt, 5)
        assert not alive(int(daemon))

    @pytest.mark.skipif(sys.platform != "linux", reason="marks are Linux's")
    async def test_daemons_of_others_with_no_environment_are_left_alone(self, tmp_path: Path) -> None:
        mine, other = new_attempt(), new_attempt()
        (tmp_path / "mine").mkdir()
        (tmp_path / "other").mkdir()
        script = "(env -i setsid sh -c 'echo $$; exec sleep 60' &) ; exit 3"
        child, bystander = shell(script, mine, tmp_path / "mine"), shell(script, other, tmp_path / "other")
        (daemon,), (others,) = await printed(tmp_path / "mine", 1), await printed(tmp_path / "other", 1)
        await end_tree(child, mine, 5)
        assert not alive(int(daemon))
        assert alive(int(others))
        assert await end_attempts([other], 5) == 1
        assert not alive(int(others))
        await bystander.exited

    @pytest.mark.skipif(sys.platform != "linux", reason="marks are Linux's")
    async def test_a_helper_that_got_the_mark_by_chance_is_left_alone(self) -> None:
        attempt = new_attempt()
        with marking(attempt):  # as when another thread starts it at the very moment a chunk is started
            helper = await asyncio.create_subprocess_exec("/bin/sh", "-c", "sleep 60 & echo $!; wait", stdout=-1)
        assert helper.stdout is not None
        below = int(await helper.stdout.readline())
        assert read_mark(below) == mark_of(attempt)
        assert await end_attempts([attempt], 5) == 0
        assert alive(below)
        psutil.Process(below).kill()
        await helper.wait()

    async def test_ends_stopped_processes(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("sleep 60 & kill -STOP $!; echo $!; kill -STOP $$; sleep 60", attempt, tmp_path)
        (stopped,) = await printed(tmp_path, 1)
        while psutil.Process(child.pid).status() != psutil.STATUS_STOPPED:
            await asyncio.sleep(0.01)
        await end_tree(child, attempt, 30)
        assert child.exit_code == -signal.SIGTERM, "woken up to act on the request"
        assert not alive(int(stopped))

    async def test_leaves_others_alone(self, tmp_path: Path) -> None:
        attempt, other = new_attempt(), new_attempt()
        child = shell("sleep 60", attempt, tmp_path)
        bystander = shell("sleep 60", other, tmp_path)
        await end_tree(child, attempt, 5)
        assert alive(bystander.pid)
        await end_tree(bystander, other, 5)

    async def test_who_has_the_number_of_a_leader_that_is_gone_is_left_alone(self, tmp_path: Path) -> None:
        """After a while, the system gives it to another process."""
        attempt, other = new_attempt(), new_attempt()
        child = shell("setsid sleep 60 & exit 3", attempt, tmp_path)
        assert await child.exited == 3
        bystander = shell("sleep 60 & echo ready; wait", other, tmp_path)
        await printed(tmp_path, 1)
        child.pid = bystander.pid
        await end_tree(child, attempt, 5)
        assert await end_attempts([attempt], 0) == 0, "what it had started is found all the same"
        assert alive(bystander.pid)
        assert await end_attempts([other], 5) == 2

    async def test_cancelling_it_ends_the_grace_and_leaves_nothing(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("trap '' TERM; echo ready; sleep 60; sleep 60", attempt, tmp_path)
        await printed(tmp_path, 1)
        task = asyncio.create_task(end_tree(child, attempt, 3600))
        for _ in range(3):
            await asyncio.sleep(0.1)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert child.exit_code == -signal.SIGKILL
        assert await end_attempts({attempt}, 0) == 0

    async def test_waits_for_descriptors_when_there_are_none_to_look_with(self, tmp_path: Path) -> None:
        attempt = new_attempt()
        child = shell("sleep 60 & wait", attempt, tmp_path)
        await asyncio.to_thread(time.sleep, 0)  # the executor is up
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            task = asyncio.create_task(end_tree(child, attempt, 5))
            await asyncio.sleep(0.4)
            assert not task.done()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        await task
        assert child.exit_code == -signal.SIGTERM

    def test_closing_the_loop_meanwhile_leaves_nothing(self, tmp_path: Path) -> None:
        """``asyncio.run`` cancels every task at its end, those of ``end_tree``'s own too."""
        attempt = new_attempt()
        keep = []

        async def leave() -> None:
            child = shell("trap '' TERM; echo ready; sleep 60; sleep 60", attempt, tmp_path)
            await printed(tmp_path, 1)
            keep.append(asyncio.create_task(end_tree(child, attempt, 3600)))
            await asyncio.sleep(0.1)

        asyncio.run(leave())
        assert asyncio.run(end_attempts({attempt}, 0)) == 0


class TestEndAttempts:
    async def test_counts_what_it_ended(self, tmp_path: Path) -> None:
        first, second, other = new_attempt(), new_attempt(), new_attempt()
        children = [shell("exec sleep 60", attempt, tmp_path) for attempt in (first, second, other)]
        assert await end_attempts({first, second, new_attempt()}, 5) == 2
        await children[0].exited
        await children[1].exited
        assert alive(children[2].pid)
        assert await end_attempts([other], 5) == 1
        await children[2].exited

    async def test_nothing_to_do(self) -> None:
        assert await end_attempts((), 5) == 0
        assert await end_attempts([new_attempt()], 5) == 0

    async def test_never_ends_this_process(self) -> None:
        attempt = new_attempt()
        script = (
            "import asyncio; from helios_gui.process.process_trees import end_attempts;"
            f"print(asyncio.run(end_attempts({{{attempt!r}}}, 1)))"
        )
        environment = {**os.environ, ATTEMPT_VARIABLE: attempt, "PYTHONPATH": str(Path(__file__).parents[3])}
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
        assert done.stdout == b"0\n"


def test_both_ways_to_read_the_process_table_agree() -> None:
    environment = {**os.environ, ATTEMPT_VARIABLE: "some attempt"}
    with (
        marking("some attempt"),
        subprocess.Popen(["/bin/sleep", "60"], env=environment, start_new_session=True) as process,
    ):
        mark = mark_of("some attempt") if sys.platform == "linux" else 0
        while psutil.Process(process.pid).name() != "sleep":
            time.sleep(0.01)
        (entry,) = (entry for entry in list_processes() if entry.pid == process.pid)
        assert entry == portable_entry(process.pid)
        assert entry == ProcessEntry(process.pid, os.getpid(), process.pid, "some attempt", mark)
        process.kill()
        while process.pid in {entry.pid for entry in list_processes()}:  # not yet reaped: a zombie
            time.sleep(0.01)
        assert portable_entry(process.pid) is None


def test_a_look_is_shared_only_if_it_began_after_it_was_asked_for() -> None:
    asked = time.monotonic()
    table = look_since(asked)
    assert look_since(asked) is table
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        assert process.pid in {entry.pid for entry in look_since(time.monotonic())}
        process.kill()
