"""The composition root of the window: application, event loop, engine and main window.

The frame of the window is on screen before anything is imported that takes time: see ``_import_modules``.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from helios_gui import product
from helios_gui.process.frozen import give_back_environment
from helios_gui.process.malloc_tuning import tune_malloc
from helios_gui.translation import choose_language
from helios_gui.types.errors import HeliosError
from helios_gui.ui.desktop.activation import bring_to_front, forget_startup_token
from helios_gui.ui.desktop.application import Application
from helios_gui.ui.desktop.request_inbox import RequestInbox
from helios_gui.ui.qt_runtime.collector import WindowThreadCollector
from helios_gui.ui.qt_runtime.event_loop import make_loop
from helios_gui.ui.theme import app_icon, theme
from helios_gui.ui.window_frame import WindowFrame
from helios_gui.ui.window_state import WindowState
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.single_instance import Address, Request

if TYPE_CHECKING:
    from helios_gui.engine import Engine
    from helios_gui.ui.main_window import MainWindow

SHUTDOWN_LIMIT = 30.0
"""Seconds the engine may take to stop its workers before the app leaves anyway."""

IMPORT_DELAY = 1.0
"""Seconds the window has to itself before anything is loaded that it does not need yet."""

SWITCH_INTERVAL = 0.0005
"""Seconds a thread may keep Python to itself while another waits: the window's thread waits often, and for several."""

THREADS = 16
"""For file work off the event loop; qasync's own pool has 10 and is not meant to be shared."""


def run_window(files: Sequence[Path] = (), address: Address | None = None, remark: str = "") -> int:
    """Show the main window, with these job files added, until it is closed. Returns the exit code.

    With an ``address``, whose lock this process must hold, later starts hand their files over to it. The window shows
    the ``remark``.
    """
    app = Application(sys.argv[:1])
    give_back_environment()
    tune_malloc()
    sys.setswitchinterval(SWITCH_INTERVAL)
    inbox = RequestInbox(app)
    folders = AppFolders.default()
    state = WindowState(folders.settings)
    app.set_language(choose_language(state.language))
    theme().apply(app, state.theme_mode)
    collector = WindowThreadCollector(app)
    try:
        with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
            return runner.run(_main(folders, state, inbox, address, collector, Request(tuple(files)), remark))
    finally:
        collector.stop()


async def _main(
    folders: AppFolders,
    state: WindowState,
    inbox: RequestInbox,
    address: Address | None,
    collector: WindowThreadCollector,
    first: Request,
    remark: str,
) -> int:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="helios"))
    leaving = asyncio.Event()
    frame = WindowFrame(state)
    frame.close_requested.connect(leaving.set)
    frame.show()
    forget_startup_token()
    QApplication.setWindowIcon(app_icon())  # to draw it takes time
    await asyncio.to_thread(_import_modules)
    inbox.listen(address)
    from helios_gui.engine import open_engine
    from helios_gui.pools import check_connection, check_round_trip
    from helios_gui.ui.main_window import MainWindow
    from helios_gui.ui.settings.connection_check import ConnectionChecks

    try:
        async with open_engine(folders) as engine:
            if leaving.is_set():
                return 0
            window = MainWindow(engine, ConnectionChecks(check_connection, check_round_trip), frame)
            _handle_signals(loop, window)
            if remark:
                window.notices.show_info(remark)
            window.add(first.files)
            window.bridge.run(_load_workers(engine, collector))
            inbox.deliver_to(partial(_handle_request, window))
            await window.closed.wait()
            inbox.close()
            _limit_shutdown(loop)
            await window.shut_down()
    except HeliosError as error:
        await _show_start_error(error, frame)
        return 1
    return 0


def _import_modules() -> None:
    """Import what takes time, off the window's thread: its frame is painted meanwhile, and can be moved."""
    for module in ("engine", "pools", "ui.main_window", "ui.settings.connection_check"):
        import_module(f"helios_gui.{module}")


async def _load_workers(engine: Engine, collector: WindowThreadCollector) -> None:
    """Import the cloud libraries early, so that the first render in a cloud does not make the window wait."""
    from helios_gui.pools import load_workers

    await asyncio.sleep(IMPORT_DELAY)
    await asyncio.to_thread(load_workers, engine.profiles.profiles())
    collector.settle()


def _handle_request(window: MainWindow, request: Request) -> None:
    """Answer a second start, or a file opened on the desktop: come to the front and add its files."""
    bring_to_front(window.frame, request.token)
    window.add(request.files)


def _handle_signals(loop: asyncio.AbstractEventLoop, window: MainWindow) -> None:
    """Have Ctrl-C and a polite kill close the app without asking: nobody may be there to answer."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, window.closed.set)


def _limit_shutdown(loop: asyncio.AbstractEventLoop) -> None:
    main = asyncio.current_task()
    assert main is not None
    loop.call_later(SHUTDOWN_LIMIT, main.cancel)


async def _show_start_error(error: HeliosError, frame: WindowFrame) -> None:
    """Show why the engine could not start, in a message box over the empty window."""
    from helios_gui.ui.widgets.confirm import result_of

    box = QMessageBox(QMessageBox.Icon.Critical, product.NAME, str(error), parent=frame)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(error.hint)
    await result_of(box)
