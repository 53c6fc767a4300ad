"""Start a process in a group of its own and wait for its exit, without blocking the event loop.

Ending one with everything it started is the work of ``process.process_trees``.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from helios_gui.process.attempt_mark import marking
from helios_gui.process.priority import creation_flags, lower_group
from helios_gui.process.windows_jobs import CREATE_SUSPENDED, put_into_job
from helios_gui.process.work_marks import ATTEMPT_VARIABLE, work_marks
from helios_gui.translation import tr
from helios_gui.types import RendererPriority


def child_environment(base: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child: ``base`` (usually ``os.environ``) with ``extra`` on top."""
    environment = dict(base)
    if sys.platform == "win32":  # names there are case-insensitive, and os.environ has them in capitals
        extra = {name.upper(): value for name, value in extra.items()}
    environment.update(extra)
    return environment


def start_process(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    output: int,
    priority: RendererPriority = RendererPriority.NORMAL,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in ``folder`` as the leader of its own process group, printing to file descriptor ``output``.

    In a group of its own, it does not get the terminal's Ctrl-C: we decide when it ends. Its ``PWD`` is ``folder``, as
    a shell would have it: programs (Blender) believe it more than the system's answer. Raises ``OSError``
    when it cannot be started, ``ValueError`` when there is no command or an argument holds a null character.
    What it starts can be found again by the attempt in ``environment``, on Linux by that attempt's mark and on Windows
    by its job object, which ends with this program.
    """
    if not command:
        raise ValueError(tr("the command is empty"))
    environment = _with_working_folder(environment, folder)
    environment.update(work_marks())
    with marking(environment.get(ATTEMPT_VARIABLE, "")):
        process = _start(command, folder, environment, output, creation_flags(priority))
    lower_group(process.pid, priority)
    return process


def _start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: int, priority_flags: int
) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            creationflags=(
                subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP | CREATE_SUSPENDED | priority_flags
            ),
        )
        put_into_job(process.pid, environment.get(ATTEMPT_VARIABLE, ""))
        return process
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=_has_terminal(),
        process_group=None if _has_terminal() else 0,
    )


def _with_working_folder(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return ``environment`` with shells' own variables about the folder as they are after a ``cd`` to ``folder``.

    Windows has no such variables; those that a POSIX shell there has set name folders that its programs do not know.
    """
    adjusted = dict(environment)
    for name in ("PWD", "OLDPWD"):
        adjusted.pop(name, None)
    if sys.platform != "win32":
        adjusted["PWD"] = str(folder.absolute())
    return adjusted


@cache
def _has_terminal() -> bool:
    """Return whether this process has a controlling terminal, which its children would share.

    Then a child gets a session of its own: in ours, one that asks the terminal for a password would be stopped
    for ever. Else a group is enough, and cheaper: Linux makes every session a scheduling group (sched(7),
    "autogroup"), and on a busy machine starting a process in a new one takes about twice as long.
    """
    if sys.platform == "win32":
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


class ChildProcess:
    """A started process and the future of its exit. Made on the running event loop.

    ``exited`` gets the exit code (negative: the signal that ended it) once the process is gone and reaped.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[int] = self._loop.create_future()
        self._waiter: asyncio.Future[int] | None = None
        self._exit_fd = _open_exit_fd(process.pid)
        if self._exit_fd is not None:
            self._loop.add_reader(self._exit_fd, self._on_exit)
        else:
            # A thread of its own: waiting in the loop's executor, a few dozen renders would starve everyone else.
            threading.Thread(target=self._wait_in_thread, name=f"wait-{self.pid}", daemon=True).start()

    @property
    def exit_code(self) -> int | None:
        """The exit code; ``None`` while the process runs, or if it could not be ended."""
        return self.exited.result() if self.exited.done() else None

    async def wait(self) -> int:
        """Wait for the exit code; one waiter at a time. Cancelling it leaves the process and ``exited`` alone.

        The same as shielding ``exited``, at half the turns of the event loop (Qt timers, in the window).
        """
        if self.exited.done():
            return self.exited.result()
        self._waiter = self._loop.create_future()
        return await self._waiter

    def has_exited(self) -> bool:
        """Return whether the process has ended, also where the event loop has not heard of it yet."""
        try:
            return self.exited.done() or psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            return True

    def has_group_members(self) -> bool:
        """Return whether something of the process group is left after the leader's exit (it may be a zombie)."""
        if sys.platform == "win32":
            return False
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # it is there, but is not ours to signal
            return True
        return True

    def forget(self) -> None:
        """Stop waiting for a process that cannot be ended."""
        self._close_exit_fd()

    def _on_exit(self) -> None:
        self._close_exit_fd()
        self._settle(self._process.wait())

    def _wait_in_thread(self) -> None:
        code = self._process.wait()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._settle, code)

    def _settle(self, code: int) -> None:
        for future in (self.exited, self._waiter):
            if future is not None and not future.done():
                future.set_result(code)

    def _close_exit_fd(self) -> None:
        if self._exit_fd is not None:
            self._loop.remove_reader(self._exit_fd)
            os.close(self._exit_fd)
            self._exit_fd = None


def _open_exit_fd(pid: int) -> int | None:
    """Return a file descriptor that becomes readable when the process ends; ``None`` where the system has none."""
    if sys.platform == "linux":
        with suppress(OSError):  # an old kernel, a sandbox, or too many open files
            return os.pidfd_open(pid)
    return None
