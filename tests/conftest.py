"""What every test stands on: async tests on the loop they would meet, and nothing left running behind them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import locale
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import HealthCheck, settings

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.process import isolated_calls
from helios_gui.translation import language
from helios_gui.types import UserInputError
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HELIOS_LANGUAGE"] = "en"  # whatever the system speaks
for _number in {signal.SIGINT, getattr(signal, "SIGQUIT", signal.SIGINT)}:
    if signal.getsignal(_number) is signal.SIG_IGN:  # as in what a shell runs in the background, and all this starts
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)

settings.register_profile("untimed", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("untimed"), max_examples=5_000)
settings.load_profile("untimed")

FIXTURES = Path(__file__).parent / "fixtures"
_SETTLING = 30.0  # seconds that threads and processes have to end after their test


def _loop_factory(item: pytest.Function) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """GUI tests run on the window's loop; all others on plain asyncio."""
    if "qapp" not in item.fixturenames:
        return None
    from helios_gui.ui.qt_runtime.event_loop import make_loop

    app = item.funcargs["qapp"]
    return lambda: make_loop(app)


async def _run_and_check_tasks(item: pytest.Function) -> None:
    arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}
    await item.obj(**arguments)
    await asyncio.sleep(0)
    leaked = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not leaked, f"tasks left running: {leaked}"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test; what is none is left to pytest."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    with asyncio.Runner(loop_factory=_loop_factory(pyfuncitem)) as runner:
        runner.run(_run_and_check_tasks(pyfuncitem))
    return True


@pytest.fixture(autouse=True, scope="session")
def media_processes() -> Iterator[None]:
    """The processes that read media live as long as the session: starting them takes longer than most tests."""
    with isolated_calls.IsolatedCalls():
        yield


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """Return an application that goes on when its last window is closed, as the program's own does."""
    from PySide6.QtWidgets import QApplication

    class LastingApplication(QApplication):
        def __init__(self, arguments: list[str]) -> None:
            super().__init__(arguments)
            self.setQuitOnLastWindowClosed(False)

    return LastingApplication


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that leaves a thread or a child process running, or this process changed for the next one has failed.

    A program that ran before the test, such as a browser for a whole module, may start and end processes of its own.
    """
    threads = set(threading.enumerate())
    children, begin = _children(), time.time()
    state = _state_of_process()

    def new_threads() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread not in threads]

    def new_children() -> list[psutil.Process]:
        new = []
        for pid in _children() - children - isolated_calls._shared.pids():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if process.create_time() > begin - 1:  # the kernel may leave one out while another ends
                    new.append(process)
        return new

    with_qt = "qapp" in request.fixturenames
    if with_qt:
        gc.disable()  # whichever thread happens to allocate collects, and Qt may abort where it is not this one
    yield
    if with_qt:
        gc.enable()
        gc.collect()
    wait_until(lambda: not new_threads(), lambda: f"the end of {new_threads()}", _SETTLING)
    wait_until(lambda: not new_children(), lambda: f"the end of {new_children()}", _SETTLING)
    now = _state_of_process()
    changed = {name: f"{state.get(name)} → {now.get(name)}" for name in state | now if state.get(name) != now.get(name)}
    assert not changed, "the process is not as it was before the test"


_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)]


def _state_of_process() -> dict[str, object]:
    """Return what all tests of a process share and some change: whichever comes next would find it changed."""
    state: dict[str, object] = {f"${name}": value for name, value in os.environ.items()}
    state.pop("$PYTEST_CURRENT_TEST", None)
    root, ours = logging.getLogger(), logging.getLogger("helios_gui")
    state |= {
        "folder": Path.cwd(),
        "umask": _umask(),
        "signals": [signal.getsignal(number) for number in _SIGNALS],
        "locale": locale.setlocale(locale.LC_ALL),
        "path": list(sys.path),
        "temporary folder": tempfile.gettempdir(),
        "socket timeout": socket.getdefaulttimeout(),
        "log": (list(root.handlers), root.level, list(ours.handlers), ours.level, ours.propagate, root.manager.disable),
        "language": language(),
    }
    with contextlib.suppress(UserInputError):
        state["ffmpeg"] = find_ffmpeg()  # which is remembered
    return state


def _umask() -> str:
    """Return what rights are taken from new files, where that can be told without setting it."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith("Umask")), "")


def _children() -> set[int]:
    """Return the ids of this process's own children; on Linux without a look at all processes of the machine."""
    try:
        lists = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    except OSError:  # a thread has just ended
        lists = []
    return set(map(int, " ".join(lists).split())) if lists else {child.pid for child in psutil.Process().children()}


@pytest.fixture
def emitted_job() -> Path:
    """A job file as Helios' own ``--emit-job`` writes it."""
    return FIXTURES / "emitted-job.json"


_MANY = 20_000  # objects that are looked through in milliseconds


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Imports leave hardly anything to collect, and the collector would look through them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """What importing everything has made stays for good: looking through it after each test would take longest."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """So does what tests of the window leave behind, such as reports and caches; only now have their fixtures gone."""
    result = yield
    if isinstance(item, pytest.Function) and "qapp" in item.fixturenames and len(gc.get_objects()) > _MANY:
        gc.collect()
        gc.freeze()
    return result
