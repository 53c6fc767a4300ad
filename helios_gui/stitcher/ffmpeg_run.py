"""Running FFmpeg to its end, with progress, and ending it at once when cancelled."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from helios_gui.process.child_process import ChildProcess, child_environment, start_process
from helios_gui.process.log_poller import FollowedLog
from helios_gui.process.log_tail import LogTail
from helios_gui.process.process_trees import end_tree
from helios_gui.process.stall_watch import StallWatch
from helios_gui.process.windows_jobs import close_jobs
from helios_gui.process.work_marks import ATTEMPT_VARIABLE
from helios_gui.translation import tr
from helios_gui.types import StallAction, StallPolicy, StitchError
from helios_gui.utils.format import format_duration

COMMON_FLAGS = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+warning", "-xerror", "-y")
PROGRESS_FLAGS = ("-progress", "pipe:1", "-stats_period", "0.2")

STALLED_AFTER = 600.0
"""Seconds after which an FFmpeg that does nothing at all is given up."""

_VARIABLES = {"AV_LOG_FORCE_NOCOLOR": "1", "GCONV_PATH": os.devnull}
"""Static builds, such as that of imageio-ffmpeg up to 0.7, crash with the system's tables of character sets, which they
load for the names in a transport stream. No text goes through FFmpeg here."""
_POLL_SECONDS = 0.1
_BACKLOG = 1024 * 1024
_KEPT_LINES = 400
_TOLD_LINES = 2
_FULL_BYTES = 64 * 1024
_PROGRESS_LINE = re.compile(r"[a-z_0-9]+=\s*\S*")
_ERROR_LINE = re.compile(r"\[(error|fatal|panic)\]")
_PREFIX = re.compile(r"^(\[[^\]]*\] ?)+")


async def run_ffmpeg(
    command: Sequence[str],
    folder: Path,
    doing: str,
    on_frames: Callable[[int], None] = lambda frames: None,
    *,
    stalled_after: float = STALLED_AFTER,
) -> None:
    """Run an FFmpeg command in ``folder``, where its log is kept; ``on_frames`` hears of finished frames.

    Raises ``StitchError`` ("FFmpeg failed while …": ``doing``) with FFmpeg's own last words, and all of its log
    as a note on the exception; also when it has stalled: nothing printed and no processor used for ``stalled_after``
    seconds, as where a network disk does not answer. When cancelled, the process and all it started are gone before
    this returns.
    """
    mark = f"stitch-{uuid.uuid4().hex}"
    log = folder / f"{mark}.log"
    child = _start(command, folder, log, mark)
    messages: list[str] = []

    def on_lines(lines: Sequence[str]) -> None:
        _sort_lines(lines, messages, on_frames)

    followed = FollowedLog(LogTail(log, keep=_KEPT_LINES, backlog=_BACKLOG), on_lines)
    watch = StallWatch(StallPolicy(StallAction.KILL, stalled_after), child, mark, followed, grace=0.0)
    try:
        async with watch.watching():
            while not child.exited.done():
                await asyncio.wait({child.exited}, timeout=_POLL_SECONDS)
                followed.poll()
    finally:
        if not child.exited.done():  # a grace would only let it finish a file that nobody wants
            await end_tree(child, mark, grace=0.0)
        close_jobs({mark})
    followed.finish()
    if watch.has_killed:
        raise StitchError(
            tr(
                "FFmpeg did nothing for {time} while {doing}, and was ended.",
                time=format_duration(stalled_after),
                doing=doing,
            ),
            tr("Look whether the disks of the chunks and of the video answer, then stitch again. No chunk was harmed."),
        )
    if child.exit_code != 0:
        raise _failure(doing, child.exit_code, messages, is_full=_is_full(folder))


def _start(command: Sequence[str], folder: Path, log: Path, mark: str) -> ChildProcess:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o644)
    environment = child_environment(os.environ, {ATTEMPT_VARIABLE: mark, **_VARIABLES})
    try:
        return ChildProcess(start_process(command, folder=folder, environment=environment, output=descriptor))
    except (OSError, ValueError) as error:
        raise StitchError(
            tr("FFmpeg could not be started: {error}.", error=error), tr("Check the FFmpeg that is installed.")
        ) from error
    finally:
        os.close(descriptor)


def _sort_lines(lines: Sequence[str], messages: list[str], on_frames: Callable[[int], None]) -> None:
    """Sort lines into progress, which is told, and messages, which are kept (the last of them)."""
    frames = None
    for line in lines:
        if _PROGRESS_LINE.fullmatch(line):
            key, _, value = line.partition("=")
            if key == "frame" and value.strip().isdigit():
                frames = int(value)
        elif line.strip():
            messages.append(line)
    del messages[:-_KEPT_LINES]
    if frames is not None:
        on_frames(frames)


def _is_full(folder: Path) -> bool:
    """Return whether the folder's disk has no room left. FFmpeg's log is there, so its own words about it are lost."""
    try:
        return shutil.disk_usage(folder).free < _FULL_BYTES
    except OSError:
        return False


def _failure(doing: str, code: int | None, messages: Sequence[str], *, is_full: bool) -> StitchError:
    """Return the first errors, from which the others follow; without any, the last lines."""
    errors = [line for line in messages if _ERROR_LINE.search(line)][:_TOLD_LINES]
    telling = [_PREFIX.sub("", line).strip() for line in errors or messages[-_TOLD_LINES:]]
    if is_full and not any(os.strerror(errno.ENOSPC) in line for line in telling):
        telling = [tr("No space left on the disk of the finished video."), *telling]
    words = "; ".join(dict.fromkeys(telling)) or tr("exit code {code}", code=code)
    error = StitchError(
        tr("FFmpeg failed while {doing}: {words}", doing=doing, words=words),
        tr("No chunk was harmed; stitch again once this is solved."),
    )
    if messages:
        error.add_note("\n".join((tr("FFmpeg's log:"), *messages)))
    return error
