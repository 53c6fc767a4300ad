"""The status bar's one line: workers in use per profile, and how fast it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import tr, tr_count
from helios_gui.types import ChunkState, JobState, JobSummary, NotFoundError
from helios_gui.utils.format import money


def status_text(jobs: Sequence[JobSummary], profiles: ProfileStore) -> str:
    """``Local 2/2 · 41.0 frames/s · $0.21``; only the default profile when nothing runs."""
    running: Counter[str] = Counter({profiles.default_name: 0})
    for job in jobs:
        running[job.profile] += job.counts.get(ChunkState.RUNNING, 0)
    parts = [
        f"{name} {used}/{_limit(profiles, name)}" for name, used in running.items() if used or len(running) == 1
    ] or [tr("idle")]
    speed = sum(job.frames_per_second or 0.0 for job in jobs if job.state is JobState.RUNNING)
    if speed:
        parts.append(tr("{speed:.1f} frames/s", speed=speed))
    cost = sum(job.cost for job in jobs if job.state.is_active)
    if cost:
        parts.append(money(cost))
    stitching = sum(1 for job in jobs if job.state is JobState.STITCHING)
    if stitching:
        parts.append(tr("stitching {jobs}", jobs=tr_count("{number} job", "{number} jobs", stitching)))
    return " · ".join(parts)


def _limit(profiles: ProfileStore, name: str) -> str:
    try:
        return str(profiles.get(name).policy().concurrency)
    except NotFoundError:
        return "?"
