"""How an attempt on this machine ended, in words, and what that means for the next one."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from helios_gui import product
from helios_gui.process.frozen import is_chunk_command
from helios_gui.renderers.known_renderers import find_failure_cause
from helios_gui.translation import tr
from helios_gui.types import FailureKind, WorkerJob
from helios_gui.utils.format import format_duration

_LONGEST_CAUSE = 300
_BUSY = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
_FATAL = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENOEXEC, errno.E2BIG, errno.EROFS, errno.EISDIR}
_CRASHES = {"SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE", "SIGTRAP"}


def program_name(job: WorkerJob) -> str:
    """Return the program's name for people: the file name of ``command[0]`` without ``.exe``, or our own."""
    if is_chunk_command(job.command):
        return product.COMMAND
    name = Path(job.command[0]).name if job.command else ""
    return name.removesuffix(".exe") or tr("(no command)")


def describe_exit(program: str, code: int, tail: Iterable[str]) -> str:
    """Return why a process that ended with ``code`` (negative: a signal) has failed; ``tail`` is its last output."""
    if code < 0:
        return _describe_signal(program, -code, tail)
    # Windows' crash codes are known by their hexadecimal form, such as 0xC0000005.
    number = f"{code:#X}".replace("X", "x") if code > 0xFFFF else str(code)
    cause = _find_cause(program, tail)
    if code == 128 + 9 and sys.platform != "win32":  # a shell reports its program's SIGKILL so
        cause = "; ".join(
            filter(None, [tr("a program it ran was killed; the system may have run out of memory"), cause])
        )
    return tr('"{program}" ended with exit code {number}', program=program, number=number) + (
        f": {cause}" if cause else ""
    )


def describe_timeout(program: str, timeout: float) -> str:
    """Say that a process was ended because its time, in seconds, was up."""
    return tr('"{program}" took longer than {timeout:g} s and was ended', program=program, timeout=timeout)


def describe_stall(program: str, seconds: float) -> str:
    """Say that a process was ended because it had stalled."""
    return tr(
        "“{program}” stalled: it printed nothing and used no processor for {time}, and was ended",
        program=program,
        time=format_duration(seconds),
    )


def describe_start_failure(job: WorkerJob, error: OSError | ValueError) -> tuple[FailureKind, str]:
    """Return the outcome of an attempt whose process could not be started."""
    program = program_name(job)
    if not isinstance(error, OSError):
        return FailureKind.FATAL, tr(
            '"{program}" could not be started: {error}. Correct the chunk\'s command.', program=program, error=error
        )
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _BUSY:
        return FailureKind.THROTTLED, tr(
            '"{program}" could not be started, the system is at its limit: {reason}', program=program, reason=reason
        )
    explained = _explain_missing(job, program, error)
    if explained:
        return FailureKind.FATAL, explained
    kind = FailureKind.FATAL if error.errno in _FATAL else FailureKind.TRANSIENT
    return kind, tr('"{program}" could not be started: {reason}', program=program, reason=reason)


def describe_log_failure(job: WorkerJob, error: OSError) -> tuple[FailureKind, str]:
    """Return the outcome of an attempt whose log file could not be made."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    kind = FailureKind.THROTTLED if error.errno in _BUSY else FailureKind.TRANSIENT
    if error.errno in _FATAL:
        kind = FailureKind.FATAL
    return kind, tr(
        "The log {log_path} could not be written: {reason}. Check the folder and the free space.",
        log_path=job.log_path,
        reason=reason,
    )


def _explain_missing(job: WorkerJob, program: str, error: OSError) -> str:
    """Return cause and advice where something is missing or forbidden; empty for anything else."""
    path = Path(job.command[0]) if job.command else Path()
    if not job.job_dir.is_dir():
        return tr(
            "The job's folder {job_dir} is missing. Put it back, or add the job file again from where it is.",
            job_dir=job.job_dir,
        )
    if error.errno == errno.ENOENT:
        if path.is_file() and _has_windows_line_end(path):
            return tr(
                "The first line of {path} ends as in Windows, so its interpreter is not found: save the file with the "
                "line ends of this system (LF).",
                path=path,
            )
        if path.is_file():
            return tr("{path} needs an interpreter (named in its first line) that is missing. Install it.", path=path)
        return tr(
            'The program "{program}" was not found ({path}). Install it, or correct the chunk\'s command.',
            program=program,
            path=path,
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        if not os.access(job.job_dir, os.X_OK):
            return tr("The job's folder {job_dir} may not be entered. Change its permissions.", job_dir=job.job_dir)
        return tr("{path} may not be run. Make it executable (chmod +x), or correct the chunk's command.", path=path)
    if error.errno == errno.ENOEXEC:
        return tr(
            "{path} is not a program this machine can run. If it is a script, name its interpreter in its first line, "
            "such as #!/bin/sh, or in the command.",
            path=path,
        )
    return ""


def _has_windows_line_end(script: Path) -> bool:
    try:
        with script.open("rb") as stream:
            return stream.readline(4096).endswith(b"\r\n")
    except OSError:
        return False


def _describe_signal(program: str, number: int, tail: Iterable[str]) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = tr("unknown")
    if name == "SIGKILL":
        return tr(
            '"{program}" was ended by signal {number} ({name}); the system may have run out of memory',
            program=program,
            number=number,
            name=name,
        )
    cause = _find_cause(program, tail)
    said = (
        tr('"{program}" crashed with signal {number} ({name})', program=program, number=number, name=name)
        if name in _CRASHES
        else tr('"{program}" was ended by signal {number} ({name})', program=program, number=number, name=name)
    )
    return f"{said}: {cause}" if cause else said


def _find_cause(program: str, tail: Iterable[str]) -> str:
    """Return the line of output that explains the failure, shortened; empty if there is none."""
    line = find_failure_cause(tail, program)
    return line if len(line) <= _LONGEST_CAUSE else line[:_LONGEST_CAUSE] + "…"
