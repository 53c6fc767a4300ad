"""Which failures are tried again, how often, and after how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.orchestrator.retry import Failure, RetryBudget
from helios_gui.types import ExecutionPolicy, FailureKind

TRANSIENT, FATAL, THROTTLED = FailureKind.TRANSIENT, FailureKind.FATAL, FailureKind.THROTTLED


def test_a_fatal_failure_is_never_tried_again() -> None:
    assert RetryBudget(ExecutionPolicy(retries=5)).judge(Failure(FATAL, "no such program")) is None


def test_different_failures_use_up_the_retries() -> None:
    budget = RetryBudget(ExecutionPolicy(retries=2))
    delays = [budget.judge(Failure(TRANSIENT, cause)) for cause in ("disk", "network", "memory")]
    assert delays[0] is not None
    assert delays[1] is not None
    assert delays[2] is None


def test_the_same_error_without_progress_ends_before_the_budget() -> None:
    budget = RetryBudget(ExecutionPolicy(retries=50))
    judged = [budget.judge(Failure(TRANSIENT, f"exit code 1 after {n} s")) for n in range(10)]
    assert [delay is None for delay in judged[:3]] == [False, False, True]


def test_the_same_error_with_progress_goes_on() -> None:
    budget = RetryBudget(ExecutionPolicy(retries=50))
    assert all(budget.judge(Failure(TRANSIENT, "lost", frames_done=n)) is not None for n in range(1, 20))


def test_throttling_costs_no_retry() -> None:
    budget = RetryBudget(ExecutionPolicy(retries=0))
    assert all(budget.judge(Failure(THROTTLED, "slow down")) is not None for _ in range(20))
    assert budget.judge(Failure(TRANSIENT, "lost")) is None


@given(st.floats(0.01, 10), st.floats(1, 100), st.integers(1, 60))
def test_delays_stay_below_the_exponential_ceiling(delay: float, maximum: float, tries: int) -> None:
    policy = ExecutionPolicy(retries=100, retry_delay=delay, retry_delay_max=maximum)
    budget = RetryBudget(policy)
    for step in range(tries):
        wait = budget.judge(Failure(TRANSIENT, "lost", frames_done=step + 1))
        assert wait is not None
        assert 0 <= wait <= min(maximum, delay * 2**step) + 1e-9


def test_delays_are_spread_out() -> None:
    policy = ExecutionPolicy(retries=5, retry_delay=10)
    delays = {RetryBudget(policy).judge(Failure(TRANSIENT, "lost")) for _ in range(50)}
    assert len(delays) == 50
    assert max(filter(None, delays)) == pytest.approx(10, abs=5)
