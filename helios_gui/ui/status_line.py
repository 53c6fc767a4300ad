"""The status bar's one line: workers in use per profile, and how fast it goes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence

from helios_gui import product
from helios_gui.power.keep_awake import Wakefulness
from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import tr, tr_count
from helios_gui.types import ChunkState, JobState, JobSummary, NotFoundError
from helios_gui.utils.format import format_moment, format_money, format_percent
from helios_gui.utils.queue_progress import QueueProgress


def window_title(progress: QueueProgress | None) -> str:
    """Return ``44 %, all done about 03:40 – Helios Render Manager`` while the queue works, as taskbars show it."""
    return product.NAME if progress is None else f"{_progress_text(progress)} – {product.NAME}"


def status_text(
    jobs: Sequence[JobSummary],
    used_profiles: Collection[str],
    profiles: ProfileStore,
    progress: QueueProgress | None,
    wakefulness: Wakefulness = Wakefulness.NOT_ASKED,
    afterwards: str = "",
) -> str:
    """Return ``Local 2/2 · 41.0 frames/s · $0.21 · 44 %, all done about 03:40``; only the profile when nothing runs.

    While the system was asked not to fall asleep, the last part says what it answered.

    Args:
        jobs: Those of the queue that are not at rest.
        used_profiles: The profiles of all jobs.
        profiles: All profiles.
        progress: Of the queue.
        wakefulness: What the system answered.
        afterwards: What happens when the queue is done; empty for nothing.
    """
    jobs = [job for job in jobs if not job.elsewhere]
    used = {name: _name_now(profiles, name) for name in used_profiles}
    running: Counter[str] = Counter(dict.fromkeys((profiles.default_name, *used.values()), 0))
    for job in jobs:
        running[used.get(job.profile, job.profile)] += job.counts.get(ChunkState.RUNNING, 0)
    parts = [
        f"{name} {used}/{_limit(profiles, name)}" for name, used in running.items() if used or len(running) == 1
    ] or [tr("idle")]
    speed = sum(job.frames_per_second or 0.0 for job in jobs if job.state is JobState.RUNNING)
    if speed:
        parts.append(tr("{speed:.1f} frames/s", speed=speed))
    cost = sum(job.cost for job in jobs if job.is_at_work)
    if cost:
        parts.append(format_money(cost))
    stitching = sum(1 for job in jobs if job.state is JobState.STITCHING)
    if stitching:
        parts.append(tr("stitching {jobs}", jobs=tr_count("{number} job", "{number} jobs", stitching)))
    parts += dict.fromkeys(job.reason for job in jobs if job.waits_for is not None)
    if progress is not None:
        parts.append(_progress_text(progress))
    if wakefulness is Wakefulness.AGREED:
        parts.append(tr("the computer stays awake"))
    elif wakefulness is Wakefulness.REFUSED:
        parts.append(tr("the computer may fall asleep"))
    if afterwards:
        parts.append(afterwards)
    return " · ".join(parts)


def _progress_text(progress: QueueProgress) -> str:
    now = time.time()
    done_at = progress.done_at(now)
    if done_at is None:
        return format_percent(progress.fraction)
    return tr(
        "{progress}, all done about {time}",
        progress=format_percent(progress.fraction),
        time=format_moment(done_at, now),
    )


def _name_now(profiles: ProfileStore, name: str) -> str:
    """Return what the profile of a job is called now: the job may know it by its name in another language."""
    try:
        return profiles.get(name).name
    except NotFoundError:
        return name


def _limit(profiles: ProfileStore, name: str) -> str:
    try:
        return str(profiles.get(name).policy().concurrency)
    except NotFoundError:
        return "?"
