"""How long a job that is only planned may take through a profile, and what it may cost."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helios_gui.orchestrator.estimate import PricedProfile
from helios_gui.translation import tr, tr_count
from helios_gui.types.cost import RenderForecast, RenderPace, RenderSpeed
from helios_gui.utils.format import format_duration, format_money

_RISKY = 0.7
"""Of the time that a chunk may take: beyond it, a slower worker may not make it."""

Seconds = Callable[[int], float]
"""What a chunk of so many frames takes."""


@dataclass(frozen=True, slots=True)
class ForecastQuestion:
    """A planned job and where it would be rendered.

    Attributes:
        frames: Frames of each chunk, in the order in which they start.
        priced_profile: The profile's limits and prices.
        pace: What test frames took on this machine; ``None`` if there are none.
        processors: Processors that the profile's chunks share; ``None`` where each has its own, as in a cloud.
        limit: Seconds after which a chunk is ended, by the profile or by its cloud; ``None`` for no limit.
    """

    frames: Sequence[int]
    priced_profile: PricedProfile
    pace: RenderPace | None = None
    processors: int | None = None
    limit: float | None = None


def forecast_render(question: ForecastQuestion, speeds: Sequence[RenderSpeed]) -> RenderForecast:
    """Return the forecast from test frames if there are any, else from the speeds of earlier jobs.

    Args:
        question: What is to be rendered, and where.
        speeds: Those measured with the profile; those of the same job count alone if there are any.
    """
    own = [speed for speed in speeds if speed.is_same_job]
    if question.pace is not None:
        pace = question.pace
        ways: list[Seconds] = [lambda frames: pace.start + frames * pace.frame]
        basis = tr("From the test frames on this computer.")
        if pace.profile:
            basis = tr("From the test frames rendered with “{profile}”.", profile=pace.profile)
    elif own:
        seconds = sum(speed.seconds for speed in own) / sum(speed.frames for speed in own)
        ways = [lambda frames: frames * seconds]
        basis = tr_count("Measured in an earlier run of this job.", "Measured in earlier runs of this job.", len(own))
    elif speeds:
        paces = sorted(speed.seconds_per_frame for speed in speeds)
        slowest, fastest = paces[-1], paces[0]
        ways = [lambda frames: frames * fastest, lambda frames: frames * slowest]
        basis = tr_count(
            "A guess from {number} other job; test frames tell more.",
            "A guess from {number} other jobs; test frames tell more.",
            len(speeds),
        )
    else:
        return _unmeasured(question)
    times = [_wall_time(question, way) for way in ways]
    costs = [sum(question.priced_profile.price_of(way(frames)) for frames in question.frames) for way in ways]
    warnings = _warnings(question, ways[-1], costs[-1])
    return RenderForecast(question.priced_profile.name, (times[0], times[-1]), (costs[0], costs[-1]), basis, warnings)


def _unmeasured(question: ForecastQuestion) -> RenderForecast:
    price = question.priced_profile.price_of
    free = price(0.0) == 0 == price(3600.0)
    basis = tr("Nothing was rendered with “{profile}” yet; test frames tell.", profile=question.priced_profile.name)
    return RenderForecast(question.priced_profile.name, None, (0.0, 0.0) if free else None, basis)


def _wall_time(question: ForecastQuestion, seconds: Seconds) -> float:
    """Return the seconds until the last chunk is done, where each free place takes the next chunk."""
    places = max(1, min(question.priced_profile.policy.concurrency, len(question.frames)))
    slower = 1.0
    if question.pace is not None and question.processors is not None:
        slower = max(1.0, places * question.pace.processors / question.processors)
    free = [0.0] * places
    for frames in question.frames:
        heapq.heapreplace(free, free[0] + seconds(frames) * slower)
    return max(free)


def _warnings(question: ForecastQuestion, seconds: Seconds, cost: float) -> tuple[str, ...]:
    policy = question.priced_profile.policy
    longest = seconds(max(question.frames))
    warnings = []
    limit = question.limit
    if limit is not None and longest > limit:
        warnings.append(
            tr(
                "A chunk takes about {time}, longer than the {limit} that “{profile}” allows: use smaller chunks.",
                time=format_duration(longest),
                limit=format_duration(limit),
                profile=question.priced_profile.name,
            )
        )
    elif limit is not None and longest > limit * _RISKY:
        warnings.append(
            tr(
                "A chunk takes about {time} of the {limit} that “{profile}” allows: a slower worker may not make it.",
                time=format_duration(longest),
                limit=format_duration(limit),
                profile=question.priced_profile.name,
            )
        )
    if policy.spend_limit is not None and cost > policy.spend_limit:
        warnings.append(
            tr("That may be more than the {limit} that a job may cost.", limit=format_money(policy.spend_limit))
        )
    return tuple(warnings)
