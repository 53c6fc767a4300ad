"""Runs an attempt's command, as a process group of its own whose output goes to its log file."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from helios_gui.process.awake_time import AwakeTime
from helios_gui.process.child_process import ChildProcess, child_environment, start_process
from helios_gui.process.log_limit import LOG_LIMIT, LogLimit
from helios_gui.process.log_poller import LogPoller
from helios_gui.process.memory_guard import MemoryGuard
from helios_gui.process.process_outcome import (
    describe_exit,
    describe_log_failure,
    describe_stall,
    describe_start_failure,
    describe_timeout,
    program_name,
)
from helios_gui.process.process_trees import end_tree
from helios_gui.process.stall_watch import StallWatch
from helios_gui.process.work_marks import ATTEMPT_VARIABLE, JOB_VARIABLE
from helios_gui.types import FailureKind, WorkerJob, WorkerResult

_LOG_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_FILE_APPEND_DATA, _SHARE_ALL, _OPEN_ALWAYS = 0x100004, 7, 4  # CreateFileW: SYNCHRONIZE, too, as in "ab" of C


class ProcessRunner:
    """Runs the commands of any number of attempts at a time.

    The output of a process goes straight into the attempt's log file, so that nothing can block on it and nothing of
    it is lost even if we die. ``grace`` is how many seconds a process tree has between SIGTERM and SIGKILL;
    ``inherited`` is the environment that an attempt's own is added to (this process's, unless given). Of a log that
    becomes larger than ``log_limit`` says, begin and end are kept. ``memory`` stops what uses too much of it.
    """

    def __init__(
        self,
        grace: float = 5.0,
        inherited: Mapping[str, str] | None = None,
        log_limit: LogLimit = LOG_LIMIT,
        memory: MemoryGuard | None = None,
    ) -> None:
        self._grace = grace
        self._poller = LogPoller(log_limit)
        self._memory = memory or MemoryGuard()
        self._inherited = dict(os.environ if inherited is None else inherited)

    async def run(self, job: WorkerJob) -> WorkerResult:
        """Run one attempt to its end. A failed render is a result, not an exception.

        The process and all it started are gone when this returns or passes a cancellation on, which ends
        them with SIGTERM, the grace and SIGKILL; cancelled again, with SIGKILL at once.
        """
        try:
            log = _open_log(job)
        except OSError as error:
            return _not_started(*describe_log_failure(job, error))
        try:
            process = start_process(
                job.command,
                folder=job.job_dir,
                environment=self._environment_of(job),
                output=log,
                priority=job.limits.priority,
            )
        except (OSError, ValueError) as error:
            failure, message = describe_start_failure(job, error)
            os.write(log, f"{message}\n".encode())
            return _not_started(failure, message)
        finally:
            os.close(log)
        child = ChildProcess(process)
        with self._poller.follow(job.log_path, job.on_lines) as followed:
            watch = StallWatch(job.stall, child, job.attempt_id, followed, self._grace, job.on_stalled)
            with AwakeTime() as awake:
                async with self._memory.watch(child, job.attempt_id, job.limits) as memory, watch.watching():
                    timed_out = await self._wait(child, job, awake)
                duration = awake.seconds
            tail = followed.finish()
            if memory.stop is not None:
                message = memory.stop.in_words(program_name(job))
                return WorkerResult(child.exit_code, memory.stop.kind, message, tail, duration)
            if watch.has_killed:
                message = describe_stall(program_name(job), job.stall.after)
                return WorkerResult(child.exit_code, FailureKind.TRANSIENT, message, tail, duration)
            return _result(job, child.exit_code, tail, duration, timed_out=timed_out)

    def refuse(self, job: WorkerJob, reason: str) -> WorkerResult:
        """Return the result of an attempt that cannot be made for ``reason``, which is in its log, too."""
        try:
            log = _open_log(job)
        except OSError as error:
            return _not_started(*describe_log_failure(job, error))
        try:
            os.write(log, f"{reason}\n".encode())
        finally:
            os.close(log)
        return _not_started(FailureKind.FATAL, reason)

    async def _wait(self, child: ChildProcess, job: WorkerJob, awake: AwakeTime) -> bool:
        """Wait until the process and all it started are gone; whether its time was up."""
        try:
            async with awake.limit(job.timeout) as limit:
                code = await child.wait()
        except TimeoutError:
            if not limit.expired():
                raise
            if not child.has_exited():
                await end_tree(child, job.attempt_id, self._grace)
                return True
            code = await child.wait()  # it came to its end while this process, or the machine, was asleep
        except asyncio.CancelledError:
            await end_tree(child, job.attempt_id, self._grace)
            raise
        # Looking through the whole process table costs more than a short chunk: only where something may be left.
        if code != 0 or child.has_group_members():
            await end_tree(child, job.attempt_id, self._grace)
        return False

    def _environment_of(self, job: WorkerJob) -> dict[str, str]:
        marks = {
            ATTEMPT_VARIABLE: job.attempt_id,
            JOB_VARIABLE: job.job_id,
            "HELIOS_CHUNK_ID": str(job.chunk.id),
        }
        return child_environment(self._inherited, {**job.environment, **marks})


def _open_log(job: WorkerJob) -> int:
    try:
        return _open_to_append(job.log_path)
    except FileNotFoundError:
        job.log_path.parent.mkdir(parents=True, exist_ok=True)
        return _open_to_append(job.log_path)


def _open_to_append(path: Path) -> int:
    """Open a file whose writers, the children too, always write at its end: so it can be cut while they do."""
    if sys.platform == "win32":  # there, O_APPEND is a habit of this process' C library, and not the handle's
        import _winapi
        import msvcrt

        handle = _winapi.CreateFile(str(path), _FILE_APPEND_DATA, _SHARE_ALL, 0, _OPEN_ALWAYS, 0, 0)
        return msvcrt.open_osfhandle(handle, os.O_APPEND)
    return os.open(path, _LOG_FLAGS, 0o644)


def _not_started(failure: FailureKind, message: str) -> WorkerResult:
    return WorkerResult(exit_code=None, failure=failure, message=message)


def _result(
    job: WorkerJob, code: int | None, tail: tuple[str, ...], duration: float, *, timed_out: bool
) -> WorkerResult:
    if timed_out or code is None:
        message = describe_timeout(program_name(job), job.timeout or 0.0)
    elif code != 0:
        message = describe_exit(program_name(job), code, tail)
    else:
        return WorkerResult(exit_code=0, tail=tail, duration=duration)
    return WorkerResult(code, FailureKind.TRANSIENT, message, tail, duration)
