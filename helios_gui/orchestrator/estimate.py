"""What a render may cost: the price of an attempt, times chunks, at the speed that was measured before.

The price is the very function that counts the cost while the job runs. Where no speed was measured there is no figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import localized, tr, tr_count
from helios_gui.types import ChunkState, ExecutionPolicy
from helios_gui.types.cost import CostEstimate, RenderSpeed
from helios_gui.utils.format import format_money

_LONGEST_ATTEMPT = 3600.0  # seconds; a price that has not grown by then does not grow


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuestion:
    """What an estimate is wanted for: chunks of so many ``frames`` each, through a profile.

    ``price_of`` is the price of an attempt of so many seconds. ``spent`` is what the job has cost before, which
    counts towards its ``spend_limit``. ``job_id`` and ``source`` say which job it is, where there is one.
    """

    profile: str
    price_of: Callable[[float], float]
    frames: Sequence[int]
    job_id: str = ""
    source: Path | None = None
    spent: float = 0.0
    spend_limit: float | None = None


class PricedProfile(Protocol):
    """What counts of a profile: its name, its limits and its prices. A worker pool has them."""

    @property
    def name(self) -> str:
        """The profile's."""
        ...

    @property
    def policy(self) -> ExecutionPolicy:
        """What the profile says about running chunks."""
        ...

    @property
    def price_of(self) -> Callable[[float], float]:
        """What an attempt of so many seconds costs, in US dollars."""
        ...


def question_of(job: LiveJob, priced_profile: PricedProfile, chunk_ids: Collection[int] | None = None) -> CostQuestion:
    """Return the question for rendering chunks of a job; ``None`` means what is left, or all of a finished job.

    Raises ``NotFoundError`` for ids the job does not have.
    """
    if chunk_ids is not None:
        chosen: Collection[LiveChunk] = job.chunks_of(chunk_ids)
    else:
        left = [chunk for chunk in job.chunks if chunk.state is not ChunkState.COMPLETED]
        asked = set(job.selected_chunks())
        chosen = [chunk for chunk in left if chunk in asked] or left or job.chunks
    return CostQuestion(
        profile=priced_profile.name,
        price_of=priced_profile.price_of,
        frames=[chunk.spec.frame_count for chunk in chosen],
        job_id=job.id,
        source=job.options.source,
        spent=job.cost,
        spend_limit=priced_profile.policy.merged(job.options).spend_limit,
    )


def estimate_cost(question: CostQuestion, speeds: Sequence[RenderSpeed]) -> CostEstimate:
    """Return the estimate from measured speeds: those of this job if there are any, else roughly from other jobs."""
    own = [speed for speed in speeds if speed.is_same_job]
    paces: tuple[float, float] | None = None
    if question.price_of(0.0) == question.price_of(_LONGEST_ATTEMPT):
        low = high = _price(question, 0.0)
        headline, basis = _of_requests(question, low)
    elif not speeds:
        return _unknown(question)
    elif own:
        pace = sum(speed.seconds for speed in own) / sum(speed.frames for speed in own)
        paces = (pace, pace)
        low = high = _price(question, pace)
        headline, basis = tr("About {money}", money=format_money(low)), _of_this_job(question, own, pace)
    else:
        paces = _slowest_and_fastest(speeds)
        low, high = (_price(question, pace) for pace in paces)
        headline, basis = (
            tr("Roughly {range}", range=_from_to(format_money(low), format_money(high))),
            _of_other_jobs(question, speeds, paces),
        )
    return CostEstimate(
        profile=question.profile,
        chunks=len(question.frames),
        frames=sum(question.frames),
        low=low,
        high=high,
        headline=tr(
            "{headline} for {chunks}",
            headline=headline,
            chunks=tr_count("{number} chunk", "{number} chunks", len(question.frames)),
        ),
        basis=basis,
        warning=_warning(question, low, high),
        seconds_per_frame=paces,
        spend_limit=question.spend_limit,
    )


def _unknown(question: CostQuestion) -> CostEstimate:
    return CostEstimate(
        profile=question.profile,
        chunks=len(question.frames),
        frames=sum(question.frames),
        low=None,
        high=None,
        headline=tr("No estimate"),
        basis=tr("Nothing was rendered with “{profile}” yet.", profile=question.profile),
        warning=_warning(question, 0.0, 0.0),
        spend_limit=question.spend_limit,
    )


def _price(question: CostQuestion, seconds_per_frame: float) -> float:
    sizes = Counter(question.frames)
    return sum(chunks * question.price_of(frames * seconds_per_frame) for frames, chunks in sizes.items())


def _slowest_and_fastest(speeds: Sequence[RenderSpeed]) -> tuple[float, float]:
    paces = [speed.seconds_per_frame for speed in speeds]
    return min(paces), max(paces)


# -- in words ---------------------------------------------------------------------------------------------


def _of_requests(question: CostQuestion, total: float) -> tuple[str, str]:
    if total == 0:
        return tr("Nothing"), tr("The prices of “{profile}” are zero.", profile=question.profile)
    return tr("About {money}", money=format_money(total)), tr(
        "“{profile}” has a price for requests only, not for their time.", profile=question.profile
    )


def _of_this_job(question: CostQuestion, own: Sequence[RenderSpeed], pace: float) -> str:
    if [speed.job_id for speed in own] == [question.job_id]:
        what = tr("{count} of this job", count=tr_count("{number} chunk", "{number} chunks", own[0].chunks))
    else:
        what = tr_count("this job's earlier run", "this job's earlier runs", len(own))
    return tr(
        "Measured on {what} with “{profile}”: {seconds} s per frame.",
        what=what,
        profile=question.profile,
        seconds=_seconds(pace),
    )


def _of_other_jobs(question: CostQuestion, speeds: Sequence[RenderSpeed], paces: tuple[float, float]) -> str:
    jobs = tr_count("{number} other job", "{number} other jobs", len(speeds))
    pace = _from_to(*(_seconds(pace) for pace in paces))
    return tr(
        "A guess: measured on {jobs} with “{profile}”, {pace} s per frame.",
        jobs=jobs,
        profile=question.profile,
        pace=pace,
    )


def _warning(question: CostQuestion, low: float, high: float) -> str:
    limit, spent = question.spend_limit, question.spent
    if limit is None or (spent + high <= limit and spent < limit):
        return ""
    if spent >= limit:
        return tr(
            "The job has cost {money} already, and may cost {limit}: no chunk will start.",
            money=format_money(spent),
            limit=format_money(limit),
        )
    money, before = format_money(limit), format_money(spent)
    is_certain = spent + low > limit
    if spent:
        return (
            tr(
                "With the {before} spent before, that is more than the {money} the job may cost: no chunk starts once "
                "that is spent.",
                before=before,
                money=money,
            )
            if is_certain
            else tr(
                "With the {before} spent before, that may be more than the {money} the job may cost: no chunk starts "
                "once that is spent.",
                before=before,
                money=money,
            )
        )
    return (
        tr("That is more than the {money} the job may cost: no chunk starts once that is spent.", money=money)
        if is_certain
        else tr("That may be more than the {money} the job may cost: no chunk starts once that is spent.", money=money)
    )


def _from_to(low: str, high: str) -> str:
    return low if low == high else tr("{low} to {high}", low=low, high=high)


def _seconds(pace: float) -> str:
    """Return seconds with two digits that count, or with one behind the point."""
    return localized(f"{pace:.1f}" if pace >= 9.95 else f"{pace:.2g}")
