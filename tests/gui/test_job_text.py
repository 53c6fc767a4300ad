"""What the window says of one job's cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from helios_gui.types import ChunkState, JobState, JobSummary
from helios_gui.ui.job.job_text import headline


@pytest.mark.parametrize(
    ("cost", "expected", "words"),
    [
        (0.21, None, "$0.21"),
        (0.21, 0.484, "$0.21 of about $0.48"),
        (0.21, 0.2101, "$0.21"),
        (0.001, 0.3, "< $0.01 of about $0.30"),
    ],
)
def test_a_running_job_says_what_it_comes_to(
    make_summary: Callable[..., JobSummary], cost: float, expected: float | None, words: str
) -> None:
    counts = {ChunkState.COMPLETED: 4, ChunkState.RUNNING: 6}
    job = make_summary(0, state=JobState.RUNNING, counts=counts, cost=cost, expected_cost=expected)
    assert headline(job) == f"4 / 10 chunks · {words}"


def test_what_is_free_is_not_told(make_summary: Callable[..., JobSummary]) -> None:
    assert "$" not in headline(make_summary(0, state=JobState.RUNNING))
