"""What the charts of a job show, from its attempts. Pure data; may be worked out in a thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from helios_gui.types import Attempt, AttemptState

STEPS = 240
"""Stretches of time that the speed is averaged over."""

_MOST_BINS = 24
_CUT = 0.98
"""The share of frames that the histogram spreads out; slower ones are in its last bar."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time. ``times`` are seconds since the first attempt began, at the end of what each value is for."""

    times: tuple[float, ...] = ()
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many frames took how long. Bar ``n`` is for times from ``edges[n]`` to ``edges[n + 1]`` (seconds).

    ``is_open``: the last bar has what took longer, too. ``median`` is the time that half of the frames did not take.
    """

    edges: tuple[float, ...] = ()
    frames: tuple[int, ...] = ()
    is_open: bool = False
    median: float = 0.0


@dataclass(frozen=True, slots=True)
class JobFigures:
    """The charts of a job: frames per second, seconds per frame, US dollars spent so far."""

    speed: Curve = field(default_factory=Curve)
    frame_times: Histogram = field(default_factory=Histogram)
    cost: Curve = field(default_factory=Curve)


def job_figures(attempts: Sequence[Attempt], price: Callable[[str, float], float]) -> JobFigures:
    """Return the figures of a job. ``price`` is asked for each profile and number of seconds."""
    ended = [(attempt, attempt.finished_at) for attempt in attempts if attempt.finished_at is not None]
    if not ended:
        return JobFigures()
    began = min(attempt.started_at for attempt in attempts)
    good = [(attempt, end) for attempt, end in ended if attempt.state is AttemptState.SUCCEEDED and attempt.frames]
    spans = [(attempt.started_at - began, end - began, float(attempt.frames)) for attempt, end in good]
    running = [attempt.started_at - began for attempt in attempts if attempt.state is AttemptState.RUNNING]
    spans = _before(min(running), spans) if running else spans
    bills = [(end - began, price(attempt.profile, attempt.seconds or 0.0)) for attempt, end in ended]
    times = [((attempt.seconds or end - attempt.started_at) / attempt.frames, attempt.frames) for attempt, end in good]
    return JobFigures(_speed(spans), _histogram(times), _sum(bills))


def _before(moment: float, spans: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Cut off what came after a moment: attempts run since then whose frames are not counted yet.

    Where one takes very long, the latest of the others are shown all the same, but for a time such as they took.
    """
    if not spans:
        return []
    usual = sorted(end - start for start, end, _ in spans)[len(spans) // 2]
    moment = max(moment, max(end for _, end, _ in spans) - usual)
    return [
        (start, min(end, moment), frames * (min(end, moment) - start) / max(end - start, 1e-6))
        for start, end, frames in spans
        if start < moment
    ]


def _speed(spans: Sequence[tuple[float, float, float]]) -> Curve:
    """Spread the frames of each attempt evenly over its time, and count them in equal stretches."""
    length = max((end for _, end, _ in spans), default=0.0)
    if length <= 0:
        return Curve()
    step = length / STEPS
    slopes = [0.0] * (STEPS + 2)  # frames per second that begin or end with a stretch
    lone = [0.0] * (STEPS + 1)  # frames in a stretch beside those
    for start, end, frames in spans:
        rate = frames / max(end - start, 1e-6)
        first, last = min(int(start / step), STEPS - 1), min(int(end / step), STEPS - 1)
        if first == last:
            lone[first] += frames
            continue
        lone[first] += rate * ((first + 1) * step - start)
        lone[last] += rate * (end - last * step)
        slopes[first + 1] += rate
        slopes[last] -= rate
    values, rate = [], 0.0
    for place in range(STEPS):
        rate += slopes[place]
        values.append(max(0.0, rate + lone[place] / step))
    return Curve(tuple((place + 1) * step for place in range(STEPS)), tuple(values))


def _histogram(times: Sequence[tuple[float, int]]) -> Histogram:
    ordered = sorted(times)
    total = sum(frames for _, frames in ordered)
    if not total:
        return Histogram()
    median, high = _quantile(ordered, total * 0.5), _quantile(ordered, total * _CUT)
    low = ordered[0][0]
    if high - low < 1e-6:
        return Histogram((low, high), (total,), False, median)
    bins = min(_MOST_BINS, max(4, round(math.sqrt(len(ordered)) * 2)))
    width = (high - low) / bins
    counts = [0] * bins
    for seconds, frames in ordered:
        counts[min(bins - 1, int((seconds - low) / width))] += frames
    edges = tuple(low + place * width for place in range(bins + 1))
    return Histogram(edges, tuple(counts), ordered[-1][0] > high + 1e-6, median)


def _quantile(ordered: Sequence[tuple[float, int]], frames: float) -> float:
    seen = 0
    for seconds, count in ordered:
        seen += count
        if seen >= frames:
            return seconds
    return ordered[-1][0]


def _sum(bills: Sequence[tuple[float, float]]) -> Curve:
    """Add up what attempts cost, in the order in which they ended; a long row is thinned out."""
    ordered = sorted(bills)
    every = max(1, len(ordered) // (2 * STEPS))
    times, values, total = [0.0], [0.0], 0.0
    for place, (end, amount) in enumerate(ordered):
        total += amount
        if place % every == every - 1 or place == len(ordered) - 1:
            times.append(end)
            values.append(total)
    return Curve(tuple(times), tuple(values)) if total > 0 else Curve()
