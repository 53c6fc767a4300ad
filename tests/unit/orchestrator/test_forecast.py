"""Time and cost of a job that is only planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from helios_gui.orchestrator.forecast import ForecastQuestion, forecast_render
from helios_gui.types import ExecutionPolicy
from helios_gui.types.cost import RenderPace, RenderSpeed


@dataclass(frozen=True)
class Terms:
    name: str
    policy: ExecutionPolicy
    price_of: Callable[[float], float]


def cent_a_second(seconds: float) -> float:
    return seconds / 100


def free(seconds: float) -> float:
    return 0.0


def question(
    frames: list[int],
    *,
    pace: RenderPace | None = None,
    price: Callable[[float], float] = free,
    processors: int | None = None,
    limit: float | None = None,
    **policy: float,
) -> ForecastQuestion:
    terms = Terms("studio", ExecutionPolicy(**policy), price)  # type: ignore[arg-type]
    return ForecastQuestion(frames, terms, pace, processors, limit)


PACE = RenderPace(start=2.0, frame=0.5, processors=1.0)


def test_each_free_place_takes_the_next_chunk() -> None:
    found = forecast_render(question([10, 10, 10], pace=PACE, concurrency=2, price=cent_a_second), [])
    assert found.seconds == (14.0, 14.0)
    assert found.cost == pytest.approx((0.21, 0.21))
    assert forecast_render(question([30, 10, 10, 10], pace=PACE, concurrency=2), []).seconds == (21.0, 21.0)


def test_chunks_share_the_processors_of_this_machine() -> None:
    alone = forecast_render(question([10, 10, 10, 10], pace=PACE, concurrency=4, processors=4), [])
    crowded = forecast_render(question([10, 10, 10, 10], pace=PACE, concurrency=4, processors=2), [])
    assert (alone.seconds, crowded.seconds) == ((7.0, 7.0), (14.0, 14.0))


def test_without_test_frames_earlier_jobs_tell_those_of_the_same_file_alone() -> None:
    others = [RenderSpeed("a", 1, 10, 10.0), RenderSpeed("b", 1, 10, 30.0)]
    guess = forecast_render(question([10, 10], concurrency=1, price=cent_a_second), others)
    assert guess.seconds == (20.0, 60.0)
    assert guess.cost == pytest.approx((0.2, 0.6))
    assert "2 other jobs" in guess.basis
    own = forecast_render(question([10, 10], concurrency=1), [RenderSpeed("c", 1, 10, 20.0, is_same_job=True), *others])
    assert own.seconds == (40.0, 40.0)


def test_what_was_never_measured_is_not_known() -> None:
    assert forecast_render(question([10], price=cent_a_second), []).cost is None
    unknown = forecast_render(question([10]), [])
    assert (unknown.seconds, unknown.cost) == (None, (0.0, 0.0))


def test_chunks_that_may_take_too_long_or_cost_too_much_are_warned_of() -> None:
    def warnings(frames: int, **policy: float) -> str:
        return " ".join(forecast_render(question([frames], pace=PACE, price=cent_a_second, **policy), []).warnings)

    assert warnings(10, limit=20.0) == ""
    assert "may not make it" in warnings(30, limit=20.0)
    assert "use smaller chunks" in warnings(100, limit=20.0)
    assert "$0.10" in warnings(30, spend_limit=0.1)
