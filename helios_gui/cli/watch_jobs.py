"""``helios-gui jobs --watch``: shows the queue of another Helios process while it renders."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from helios_gui.cli.output import ExitCode, print_json, print_text, supports_live_display
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobState, JobSummary
from helios_gui.utils.format import format_moment, format_percent
from helios_gui.utils.queue_progress import QueueMeter, QueueProgress

_PERIOD_SECONDS = 1.0
_CLEAR = "\x1b[H\x1b[2J"


class _SpeedMeter:
    """Measures the frames per second of running jobs from what is read of them; the journal holds no speeds."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[float, int]] = {}

    def measure(self, job: JobSummary, now: float) -> JobSummary:
        if job.state is not JobState.RUNNING:
            self._first.pop(job.id, None)
            return job
        start, frames = self._first.setdefault(job.id, (now, job.frames_done))
        gained = job.frames_done - frames
        return replace(job, frames_per_second=gained / (now - start)) if gained > 0 else job


def watch_jobs(
    read: Callable[[], Sequence[JobSummary]],
    table: Callable[[Sequence[JobSummary], int | None], str],
    as_dict: Callable[[JobSummary], dict[str, object]],
    *,
    as_json: bool,
) -> ExitCode:
    """Print the queue again and again until no job runs any more, or a person presses Ctrl-C.

    A terminal is redrawn. In a pipe, what has changed since the last line becomes a new line: a sentence, or with
    ``as_json`` an object with ``progress``, ``secondsLeft`` (``null`` while unknown) and ``jobs``.

    Args:
        read: Returns the jobs of the queue.
        table: Returns jobs as text, for a terminal of so many columns.
        as_dict: Returns a job as it is printed in JSON.
        as_json: Print JSON lines.
    """
    live = supports_live_display(sys.stdout) and not as_json
    meter, speeds, last = QueueMeter(), _SpeedMeter(), ""
    try:
        while True:
            jobs = [speeds.measure(job, time.monotonic()) for job in read()]
            progress = meter.measure(jobs)
            line = _in_words(jobs, progress)
            if live:
                sys.stdout.write(_CLEAR)
                print_text(f"{table(jobs, shutil.get_terminal_size().columns)}\n\n{line}" if jobs else line)
            elif line != last:
                _print_line(jobs, progress, line, as_dict if as_json else None)
            last = line
            if progress is None:
                return ExitCode.DONE
            time.sleep(_PERIOD_SECONDS)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _print_line(
    jobs: Sequence[JobSummary],
    progress: QueueProgress | None,
    line: str,
    as_dict: Callable[[JobSummary], dict[str, object]] | None,
) -> None:
    if as_dict is None:
        print_text(line)
        return
    left = None if progress is None or progress.seconds_left is None else round(progress.seconds_left, 1)
    fraction = None if progress is None else round(progress.fraction, 4)
    print_json({"progress": fraction, "secondsLeft": left, "jobs": [as_dict(job) for job in jobs]})


def _in_words(jobs: Sequence[JobSummary], progress: QueueProgress | None) -> str:
    if progress is None:
        return tr("No job is running.")
    running = sum(1 for job in jobs if job.state.is_active)
    now = time.time()
    done_at = progress.done_at(now)
    words = tr_count("{number} job is running", "{number} jobs are running", running)
    if done_at is None:
        return f"{words}: {format_percent(progress.fraction)}"
    return tr(
        "{words}: {progress}, done about {time}",
        words=words,
        progress=format_percent(progress.fraction),
        time=format_moment(done_at, now),
    )
