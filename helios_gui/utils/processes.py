"""Starting a process of its own session and hearing of its exit, without blocking the event loop.

Ending one with everything it started is ``utils.process_trees``.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ATTEMPT_VARIABLE = "HELIOS_ATTEMPT_ID"
"""Environment variable that every process of an attempt carries: how strays are found again."""

_LIBRARY_PATH = "LD_LIBRARY_PATH"


def child_environment(base: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child: ``base`` (usually ``os.environ``) with ``extra`` on top.

    A bundle made by PyInstaller points ``LD_LIBRARY_PATH`` at its own libraries and keeps the person's in
    ``LD_LIBRARY_PATH_ORIG``; children are other people's programs and get the original back.
    """
    environment = dict(base)
    if getattr(sys, "frozen", False):
        original = environment.pop(f"{_LIBRARY_PATH}_ORIG", None)
        environment.pop(_LIBRARY_PATH, None)
        if original is not None:
            environment[_LIBRARY_PATH] = original
    if sys.platform == "win32":  # names there are case-insensitive, and os.environ has them in capitals
        extra = {name.upper(): value for name, value in extra.items()}
    environment.update(extra)
    return environment


def start_process(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], output: int
) -> subprocess.Popen[bytes]:
    """Start ``command`` in ``folder`` as the leader of its own session, printing to file descriptor ``output``.

    Being its own session, it does not get the terminal's Ctrl-C: we decide when it ends. Raises ``OSError``
    when it cannot be started, ``ValueError`` when an argument holds a null character.
    """
    if sys.platform == "win32":
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            creationflags=subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP,
        )
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


class ChildProcess:
    """A started process and the future of its exit. Made on the running event loop.

    ``exited`` gets the exit code (negative: the signal that ended it) once the process is gone and reaped;
    shield it when awaiting, for it outlives a cancelled wait.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[int] = self._loop.create_future()
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

    def has_group_members(self) -> bool:
        """Whether something of the process group is left after the leader's exit (it may be a zombie)."""
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
        if not self.exited.done():
            self.exited.set_result(code)

    def _close_exit_fd(self) -> None:
        if self._exit_fd is not None:
            self._loop.remove_reader(self._exit_fd)
            os.close(self._exit_fd)
            self._exit_fd = None


def _open_exit_fd(pid: int) -> int | None:
    """A file descriptor that becomes readable when the process ends; ``None`` where there is no such thing."""
    if sys.platform == "linux":
        with suppress(OSError):  # an old kernel, a sandbox, or too many open files
            return os.pidfd_open(pid)
    return None
