"""Server programs as child processes of the tests: started in a group of their own, waited for, and surely stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

START_LIMIT = 60.0
"""Seconds a server may take to answer; a bound for a busy machine, not an expectation."""

STOP_LIMIT = 5.0
"""Seconds a server has to end by itself after SIGTERM."""


class ServerStartError(RuntimeError):
    """A server program ended, or said nothing, before it answered."""


def reserve_port() -> socket.socket:
    """A TCP port of 127.0.0.1 that no other test is given while the socket is open.

    It does not listen, so that a server program that lets addresses be reused (as most do) can listen there.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    return reservation


def port_answers(port: int) -> bool:
    """Whether something accepts connections on that port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


def is_anothers(process: subprocess.Popen[Any]) -> bool:
    """Whether the process is gone and its number another's, which is then nobody to signal.

    The system gives it to nobody as long as something is left of its group and session.
    """
    return process.poll() is not None and psutil.pid_exists(process.pid)


def signal_group(process: subprocess.Popen[Any], number: int) -> None:
    """Send a signal to everything in the process's group; a group that is gone is no error."""
    with suppress(ProcessLookupError):
        if not is_anothers(process):
            os.killpg(process.pid, number)


def stop_process(process: subprocess.Popen[Any], limit: float = STOP_LIMIT) -> None:
    """SIGTERM to the group, SIGKILL to what is left of it after ``limit`` seconds; returns when the process is gone."""
    if process.poll() is None:
        signal_group(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(limit)
    signal_group(process, signal.SIGKILL)
    process.wait(START_LIMIT)


def kill_session(leader: subprocess.Popen[Any]) -> None:
    """SIGKILL every process of the session and every descendant of its leader, whatever group each is in.

    As the end of a sandbox does, or of a container; sessions that are gone are no error.
    """
    if is_anothers(leader):
        return
    found: dict[int, psutil.Process] = {}
    with suppress(psutil.Error):
        process = psutil.Process(leader.pid)
        found = {child.pid: child for child in (process, *process.children(recursive=True))}
    for pid in psutil.pids():
        with suppress(OSError, psutil.Error):
            if os.getsid(pid) == leader.pid:
                found.setdefault(pid, psutil.Process(pid))
    for process in found.values():
        with suppress(psutil.Error):
            process.kill()


@contextmanager
def server_process(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    ready: Callable[[], bool],
) -> Iterator[subprocess.Popen[Any]]:
    """Run a server program until the block ends.

    ``environment`` is added to this process's. ``ready`` is asked until it says yes; ``ServerStartError``, with what
    the program printed, if it never does.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + START_LIMIT
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    said = log.read()[-4000:].decode(errors="replace")
                    raise ServerStartError(f"{arguments[0]} did not start (exit code {process.poll()}): {said}")
                time.sleep(0.03)
            yield process
        finally:
            stop_process(process)
