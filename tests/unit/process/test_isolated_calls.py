"""Functions called in child processes that may crash, hang, or be stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from helios_gui.process import isolated_calls
from helios_gui.process.attempt_mark import marking, read_mark
from helios_gui.process.isolated_calls import IsolatedCallError, IsolatedCalls
from helios_gui.translation import choose_language, language
from helios_gui.types import VerificationError
from helios_gui.utils.work_threads import Stop, WorkStoppedError
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def processes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated_calls, "_shared", isolated_calls._Pool())


def where_am_i(stop: Stop) -> int:
    return os.getpid()


def crash(stop: Stop) -> None:
    os.abort()


def crash_once(mark: Path, stop: Stop) -> str:
    if mark.exists():
        return "well"
    mark.touch()
    os.abort()


def refuse(stop: Stop) -> None:
    raise VerificationError("It is no film.", "Make one.")


def print_something(stop: Stop) -> str:
    os.write(1, b"a library talks")
    print("so does Python", flush=True)
    return "well"


def speak(stop: Stop) -> str:
    return language()


def test_the_process_speaks_the_language_of_its_parent() -> None:
    with IsolatedCalls() as calls:
        try:
            for code in ("de", "en"):
                choose_language(code)
                assert calls.call(speak) == code
        finally:
            choose_language("en")


class OddError(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def raise_odd(stop: Stop) -> None:
    raise OddError(1, 2)


def hang(mark: Path, stop: Stop) -> None:
    mark.write_text(str(os.getpid()))
    time.sleep(600)


def work_slowly(seconds: float, stop: Stop) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stop.check()
        time.sleep(0.01)
    return "well"


def test_one_process_serves_many_calls() -> None:
    with IsolatedCalls() as calls:
        first = calls.call(where_am_i)
        assert first != os.getpid()
        assert {calls.call(where_am_i) for _ in range(5)} == {first}
        assert psutil.pid_exists(first)
    assert not psutil.pid_exists(first)


def test_all_share_the_processes_which_end_with_the_last_of_them() -> None:
    with IsolatedCalls() as calls:
        with IsolatedCalls() as others:
            first = others.call(where_am_i)
            others.close()
        assert calls.call(where_am_i) == first
        assert isolated_calls._shared.pids() == {first}
    assert not psutil.pid_exists(first)


def test_no_more_than_a_few_processes_wait_for_work() -> None:
    with IsolatedCalls() as calls:
        threads = [threading.Thread(target=calls.call, args=(work_slowly, 0.5)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 <= len(isolated_calls._shared.pids()) <= 4


def test_a_crash_is_an_error_and_the_next_call_works() -> None:
    with IsolatedCalls() as calls:
        with pytest.raises(IsolatedCallError, match=r"crashed \(SIGABRT\)" if os.name == "posix" else "crashed"):
            calls.call(crash)
        assert calls.call(print_something) == "well"


def be_killed(stop: Stop) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="there are no signals")
def test_a_kill_that_does_not_come_from_here_is_called_so() -> None:
    with IsolatedCalls() as calls, pytest.raises(IsolatedCallError, match=r"killed from outside \(SIGKILL\)"):
        calls.call(be_killed)


def close_the_pipe(stop: Stop) -> None:
    for descriptor in range(1, 64):
        with suppress(OSError):
            os.close(descriptor)
    time.sleep(600)


def test_a_process_that_breaks_off_without_ending_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated_calls, "_ENDING_SECONDS", 0.1)
    with IsolatedCalls() as calls, pytest.raises(IsolatedCallError, match="its answer could not be read"):
        calls.call(close_the_pipe)


@pytest.mark.skipif(sys.platform != "linux", reason="marks are Linux'")
def test_a_process_that_is_started_beside_an_attempt_has_not_its_mark() -> None:
    asked, answers = threading.Event(), list[int]()

    def ask() -> None:
        with IsolatedCalls() as calls:
            asked.set()
            answers.append(calls.call(mark_of_this))

    asking = threading.Thread(target=ask)
    with marking("an-attempt"):
        asking.start()
        asked.wait()
        asking.join(0.3)
    asking.join()
    assert answers == [0]


def mark_of_this(stop: Stop) -> int:
    return read_mark(os.getpid())


def test_who_stopped_working_is_not_reacted_to_any_more() -> None:
    """Else the end of one call's process could hit the next call in it."""
    stop, reacting, go_on = Stop(), threading.Event(), threading.Event()
    seen: list[str] = []

    def react() -> None:
        reacting.set()
        go_on.wait()
        seen.append("reacted")

    stopper = threading.Thread(target=stop.set)
    with stop.calling(react):
        stopper.start()
        reacting.wait()
        threading.Timer(0.05, go_on.set).start()
    seen.append("left")
    stopper.join()
    assert seen == ["reacted", "left"]


def test_a_crash_that_does_not_come_again_is_none(tmp_path: Path) -> None:
    with IsolatedCalls() as calls:
        assert calls.call(crash_once, tmp_path / "mark") == "well"


def test_what_the_function_raises_is_raised_here() -> None:
    with IsolatedCalls() as calls:
        with pytest.raises(VerificationError, match=r"^It is no film\.$") as caught:
            calls.call(refuse)
        assert caught.value.hint == "Make one."
        with pytest.raises(RuntimeError, match="OddError: 1 and 2"):
            calls.call(raise_odd)


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    with IsolatedCalls(quiet=2.5) as calls, pytest.raises(IsolatedCallError, match="did not come to an end"):
        calls.call(hang, tmp_path / "mark")
    assert not psutil.pid_exists(int((tmp_path / "mark").read_text()))


def test_slow_work_that_shows_signs_of_life_is_not() -> None:
    with IsolatedCalls(quiet=2.5) as calls:
        assert calls.call(work_slowly, 3.5) == "well"


def test_stopping_ends_a_process_that_hangs(tmp_path: Path) -> None:
    stop, mark = Stop(), tmp_path / "mark"
    with IsolatedCalls() as calls:

        def stop_soon() -> None:
            wait_until(lambda: mark.exists() and mark.read_text() != "")
            stop.set()

        stopper = threading.Thread(target=stop_soon)
        stopper.start()
        with pytest.raises(WorkStoppedError):
            calls.call(hang, mark, stop=stop)
        stopper.join()
        assert not psutil.pid_exists(int(mark.read_text()))
        with pytest.raises(WorkStoppedError):
            calls.call(where_am_i, stop=stop)


def test_an_idle_process_that_was_killed_is_replaced() -> None:
    with IsolatedCalls() as calls:
        first = calls.call(where_am_i)
        psutil.Process(first).kill()
        assert calls.call(where_am_i) != first


def test_forgotten_ones_leave_no_process() -> None:
    calls = IsolatedCalls()
    first = calls.call(where_am_i)
    del calls
    assert not psutil.pid_exists(first)


def test_closing_does_not_disturb_a_call_at_work(tmp_path: Path) -> None:
    calls = IsolatedCalls()
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(calls.call(work_slowly, 0.5)))
    thread.start()
    calls.close()
    thread.join()
    assert found == ["well"]


def test_the_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "from helios_gui.process.isolated_calls import IsolatedCalls; from tests.unit.process import test_isolated"
        "_calls as t; calls = IsolatedCalls(); print(calls.call(t.where_am_i), flush=True); input()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: not psutil.pid_exists(child))
