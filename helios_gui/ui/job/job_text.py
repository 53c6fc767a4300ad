"""What the window says about one job, as text."""

from __future__ import annotations

from helios_gui.translation import localized, tr, tr_count
from helios_gui.types import JobState, JobStatus, JobSummary, Priority
from helios_gui.types.frame_rate import rate_text
from helios_gui.ui.theme.states import priority_word
from helios_gui.utils.format import format_duration, format_moment, format_money, format_percent

ORDERS: tuple[int | None, ...] = (None, 0, 5, 10)
"""The orders of chunks that people choose from; see ``utils.scouting``."""

_WORTH_A_LINE = frozenset({JobState.FAILED, JobState.INTERRUPTED})


def job_headline(job: JobSummary) -> str:
    """Return ``212 / 480 chunks · 41 frames/s · 3:10 left`` while it runs, and what it came to afterwards.

    What is being done or waited for before chunks can run comes first.
    """
    total = job.chunks_total
    parts = [tr_count("{done:,} / {number} chunk", "{done:,} / {number} chunks", total, done=job.chunks_done)]
    if job.state is JobState.STITCHING and not job.elsewhere:
        parts.append(tr("stitched {percent}", percent=format_percent(job.stitch_progress)))
    if job.state.is_active:
        if job.frames_per_second:
            parts.append(tr("{speed:.1f} frames/s", speed=job.frames_per_second))
        if job.eta is not None:
            parts.append(tr("{time} left", time=format_duration(job.eta)))
    elif job.finished_at is not None and job.work_seconds:
        parts.append(tr("took {time}", time=format_duration(job.work_seconds)))
    if job.cost:
        parts.append(spending_text(job))
    if job.is_finishing:
        words = tr_count(
            "stops after {number} running chunk", "stops after {number} running chunks", job.chunks_running
        )
        parts.insert(0, words)
    elif job.reason and not job.stopping and (job.in_line or job.elsewhere or job.state is JobState.RUNNING):
        parts.insert(0, job.reason.removesuffix("."))
    return " · ".join(parts)


def spending_text(job: JobSummary) -> str:
    """Return ``$0.21``, or while that is known ``$0.21 of about $0.48``."""
    so_far = format_money(job.cost)
    in_all = so_far if job.expected_cost is None else format_money(job.expected_cost)
    return so_far if in_all == so_far else tr("{cost} of about {expected}", cost=so_far, expected=in_all)


def order_text(scout: int | None) -> str:
    """Return in which order chunks are rendered; see ``utils.scouting``."""
    if scout is None:
        return tr("From first to last")
    if scout < 1:
        return tr("First, middle and last first")
    return tr("First, middle, last and every {number}th first", number=scout)


def problem_text(job: JobSummary) -> str:
    """Return why the job needs a person, or what it may still cost; or an empty text."""
    return job.reason if job.blocked or job.held_up or job.stop_note or job.state in _WORTH_A_LINE else ""


def job_facts(status: JobStatus, now: float, estimate: str = "") -> list[tuple[str, str]]:
    """Return label and value of everything known about the job, in reading order; empty values are left out.

    ``estimate`` is what it may cost, in words.
    """
    job, spec, metadata = status.summary, status.spec, status.spec.metadata
    seconds = float(metadata.total_frames / metadata.rate)
    rate = localized(rate_text(metadata.rate))
    video = tr("{width} × {height} · {rate} frames/s", width=metadata.width, height=metadata.height, rate=rate)
    first, last = spec.chunks[0].start_frame, spec.chunks[-1].end_frame
    frames = tr(
        "{count:,} ({first} to {last}) · {seconds:.2f} s",
        count=metadata.total_frames,
        first=first,
        last=last,
        seconds=seconds,
    )
    rows = [
        (tr("Output"), str(job.output)),
        (tr("Folder"), str(job.job_dir)),
        (tr("Job file"), str(job.source) if job.source else ""),
        (tr("Video"), video),
        (tr("Frames"), frames),
        (tr("Frame list"), spec.frame_list or ""),
        (tr("Chunks"), localized(f"{job.chunks_total:,}")),
        (tr("Order"), order_text(job.scout) if job.scout is not None else ""),
        (tr("Merge command"), spec.merge_command or ""),
        (tr("Profile"), job.profile),
        (tr("Group"), job.standing.group),
        (tr("Priority"), "" if job.standing.priority is Priority.NORMAL else priority_word(job.standing.priority)),
        (tr("Cost"), spending_text(job) if job.cost else ""),
        (tr("Estimated cost"), estimate),
        (tr("Added"), format_moment(job.added_at, now)),
        (tr("Started"), format_moment(job.started_at, now) if job.started_at is not None else ""),
        (tr("Finished"), format_moment(job.finished_at, now) if job.finished_at is not None else ""),
        (tr("Result"), job.report),
    ]
    return [(label, value) for label, value in rows if value]
