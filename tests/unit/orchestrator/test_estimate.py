"""What a render may cost: from prices and measured speeds alone, and never out of thin air."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.orchestrator.estimate import CostQuestion, estimate_cost
from helios_gui.types import ExecutionPolicy, JobExecutionOptions, NotFoundError, WorkerPool
from helios_gui.types.cost import RenderSpeed
from helios_gui.types.protocols import costs_nothing
from tests.support.jobs import open_manager, text_job

LAMBDA = AwsLambdaProfile(name="studio", function="render", storage_url="s3://renders", memory_mb=3072)
CLOUD_RUN = CloudRunProfile(name="studio", service_url="https://worker.example", storage_url="gs://renders")
QUESTION = CostQuestion(profile="studio", price_of=LAMBDA.price_of, frames=[60] * 10 + [30], job_id="now")
EARLIER = RenderSpeed("then", chunks=11, frames=630, seconds=252.0, is_same_job=True)  # 0.4 seconds per frame
OTHERS = (RenderSpeed("a", 10, 100, 20.0), RenderSpeed("b", 10, 100, 110.0))  # 0.2 and 1.1


@pytest.mark.parametrize("price_of", [LAMBDA.price_of, CLOUD_RUN.price_of])
def test_the_price_is_the_one_that_counts_the_cost_while_the_job_runs(price_of: object) -> None:
    assert callable(price_of)
    estimate = estimate_cost(replace(QUESTION, price_of=price_of), [EARLIER])
    charged = 10 * price_of(60 * 0.4) + price_of(30 * 0.4)
    assert estimate.low == estimate.high == pytest.approx(charged)
    assert (estimate.chunks, estimate.frames) == (11, 630)
    assert estimate.seconds_per_frame == pytest.approx((0.4, 0.4))


def test_this_jobs_own_speed_counts_and_no_others() -> None:
    assert estimate_cost(QUESTION, [EARLIER, *OTHERS]) == estimate_cost(QUESTION, [EARLIER])
    estimate = estimate_cost(QUESTION, [EARLIER])
    assert estimate.headline == "About $0.01 for 11 chunks"
    assert estimate.basis == "Measured on this job's earlier run with “studio”: 0.4 s per frame."
    twice = estimate_cost(QUESTION, [EARLIER, replace(EARLIER, job_id="before", seconds=630.0)])
    assert twice.basis == "Measured on this job's earlier runs with “studio”: 0.7 s per frame."
    begun = estimate_cost(QUESTION, [replace(EARLIER, job_id="now", chunks=1)])
    assert begun.basis == "Measured on 1 chunk of this job with “studio”: 0.4 s per frame."


def test_other_jobs_give_a_range_that_is_called_a_guess() -> None:
    dear = replace(QUESTION, price_of=lambda seconds: seconds / 100)
    estimate = estimate_cost(dear, OTHERS)
    assert (estimate.low, estimate.high) == pytest.approx((1.26, 6.93))
    assert estimate.headline == "Roughly $1.26 to $6.93 for 11 chunks"
    assert estimate.basis == "A guess: measured on 2 other jobs with “studio”, 0.2 to 1.1 s per frame."
    one = estimate_cost(dear, OTHERS[:1])
    assert one.headline == "Roughly $1.26 for 11 chunks"
    assert one.basis == "A guess: measured on 1 other job with “studio”, 0.2 s per frame."


def test_nothing_measured_is_no_figure() -> None:
    estimate = estimate_cost(QUESTION, [])
    assert (estimate.low, estimate.high, estimate.seconds_per_frame) == (None, None, None)
    assert f"{estimate}" == "No estimate. Nothing was rendered with “studio” yet."


def test_prices_that_time_does_not_change_need_no_measurement() -> None:
    free = estimate_cost(replace(QUESTION, price_of=costs_nothing), [])
    assert (free.low, free.high) == (0, 0)
    assert f"{free}" == "Nothing for 11 chunks. The prices of “studio” are zero."
    requests = LAMBDA.model_copy(update={"price_per_gb_second": 0.0, "price_per_million_requests": 900}).price_of
    flat = estimate_cost(replace(QUESTION, price_of=requests), OTHERS)
    assert flat.low == flat.high == pytest.approx(11 * 900 / 1e6)
    assert "requests only" in flat.basis


@pytest.mark.parametrize(
    ("limit", "spent", "words"),
    [
        (None, 0.0, ""),
        (6.93 + 1e-6, 0.0, ""),
        (6.0, 0.0, "That may be more than the $6.00 the job may cost: no chunk starts once that is spent."),
        (1.0, 0.0, "That is more than the $1.00 the job may cost: no chunk starts once that is spent."),
        (8.0, 7.0, "With the $7.00 spent before, that is more than the $8.00 the job may cost: no chunk starts once"),
        (8.0, 8.0, "The job has cost $8.00 already, and may cost $8.00: no chunk will start."),
    ],
)
def test_the_spend_limit_is_compared(limit: float | None, spent: float, words: str) -> None:
    dear = replace(QUESTION, price_of=lambda seconds: seconds / 100, spend_limit=limit, spent=spent)
    estimate = estimate_cost(dear, OTHERS)
    assert estimate.warning.startswith(words)
    assert bool(estimate.warning) is bool(words)
    assert estimate.spend_limit == limit


def test_a_spent_limit_is_told_though_nothing_was_measured() -> None:
    estimate = estimate_cost(replace(QUESTION, spend_limit=1.0, spent=1.0), [])
    assert "no chunk will start" in estimate.warning
    assert not estimate_cost(replace(QUESTION, spend_limit=1.0), []).warning


@pytest.mark.parametrize(("seconds", "words"), [(2646.0, "4.2 s"), (26460.0, "42.0 s"), (2.646, "0.0042 s")])
def test_speeds_of_all_sizes_can_be_read(seconds: float, words: str) -> None:
    assert f" {words} per frame" in estimate_cost(QUESTION, [replace(EARLIER, seconds=seconds)]).basis


# -- from the journal of a real manager --------------------------------------------------------------------


def pools(name: str) -> WorkerPool:
    policy = ExecutionPolicy(concurrency=2, retries=0, spend_limit=1e9)
    return WorkerPool(name, LocalAdapter(grace=1), policy, price_of=lambda seconds: 100 * seconds)


async def test_the_estimate_of_a_second_run_is_what_the_first_one_cost(tmp_path: Path) -> None:
    source = tmp_path / "job.json"
    options = JobExecutionOptions(job_dir=tmp_path, source=source, profile="studio")
    async with open_manager(tmp_path, pools=pools) as manager:
        unknown = await manager.submit_job(text_job(4), options, start=False)
        assert (await manager.estimates.estimate_cost(unknown, pools("studio"))).low is None
        first = await manager.submit_job(text_job(4), options)
        cost = (await manager.wait_job(first)).cost
        estimate = await manager.estimates.estimate_cost(unknown, pools("studio"))
        assert estimate.low == pytest.approx(cost)
        assert "this job's earlier run with “studio”" in estimate.basis
        assert estimate.spend_limit == 1e9
        again = await manager.estimates.estimate_cost(first, pools("studio"))
        assert again.low == pytest.approx(cost), "a finished job is rendered again as a whole"
        assert "Measured on 4 chunks of this job with “studio”" in again.basis
        some = await manager.estimates.estimate_cost(first, pools("studio"), chunk_ids=[1])
        assert some.low == pytest.approx(cost / 4)
        with pytest.raises(NotFoundError):
            await manager.estimates.estimate_cost(first, pools("studio"), chunk_ids=[7])


async def test_what_was_measured_elsewhere_does_not_count(tmp_path: Path) -> None:
    options = JobExecutionOptions(job_dir=tmp_path, source=tmp_path / "job.json", profile="here")
    async with open_manager(tmp_path, pools=pools) as manager:
        job_id = await manager.submit_job(text_job(2), options)
        await manager.wait_job(job_id)
        assert (await manager.estimates.estimate_cost(job_id, pools("here"))).low is not None
        assert (await manager.estimates.estimate_cost(job_id, pools("studio"))).low is None
        await manager.options.set_profile(job_id, "studio")
        assert (await manager.estimates.estimate_cost(job_id, pools("studio"))).low is None, (
            "its chunks were rendered through another profile"
        )


async def test_only_what_is_left_is_estimated(tmp_path: Path) -> None:
    options = JobExecutionOptions(job_dir=tmp_path, profile="studio", chunk_ids=(0, 2))
    async with open_manager(tmp_path, pools=pools) as manager:
        job_id = await manager.submit_job(text_job(5), options, start=False)
        assert (await manager.estimates.estimate_cost(job_id, pools("studio"))).chunks == 2
        await manager.resume_job(job_id)
        await manager.wait_job(job_id)
        left = await manager.estimates.estimate_cost(job_id, pools("studio"))
        assert (left.chunks, left.frames) == (3, 30)
        assert "Measured on 2 chunks of this job with “studio”" in left.basis
