from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from helios_gui.adapters.local.profile import LocalProfile, usable_processors
from helios_gui.conditions.conditions import Conditions
from helios_gui.types import ExecutionPolicy, JobExecutionOptions, ProcessLimits, RendererPriority
from helios_gui.types.options import DEFAULT_PROFILE


def test_default_profile_is_local_and_uses_every_usable_processor() -> None:
    profile = LocalProfile(name=DEFAULT_PROFILE)
    assert profile.name == "Local"
    assert profile.policy().concurrency == usable_processors()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs processor affinity")
def test_usable_processors_respects_the_affinity() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_processors() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_policy_carries_every_setting() -> None:
    profile = LocalProfile(
        name="Night", concurrency=3, retries=0, retry_delay=4.5, chunk_timeout=90, stop_after_failures=7, stop_grace=1
    )
    assert profile.policy() == ExecutionPolicy(
        concurrency=3, retries=0, retry_delay=4.5, chunk_timeout=90.0, stop_after_failures=7
    )


def test_policy_carries_what_renderers_may_take() -> None:
    profile = LocalProfile(name="Night", renderer_priority="low", memory_limit=4, keep_memory_free=1.5)
    assert profile.policy().limits == ProcessLimits(RendererPriority.LOW, 4e9, 1.5e9)
    job = JobExecutionOptions(renderer_priority=RendererPriority.IDLE, memory_limit=0)
    assert profile.policy().merged(job).limits == ProcessLimits(RendererPriority.IDLE, None, 1.5e9)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ()),
        ("0, 1", ("0", "1")),
        ("2-4,7", ("2", "3", "4", "7")),
        ([0, 1], ("0", "1")),
        ("GPU-5f1c-a", ("GPU-5f1c-a",)),
    ],
)
def test_each_gpu_that_is_named_renders_one_chunk(written: object, read: tuple[str, ...]) -> None:
    profile = LocalProfile.model_validate({"name": "Night", "gpus": written})
    assert profile.gpus == read
    assert profile.policy().concurrency == (len(read) or usable_processors())
    assert LocalProfile.model_validate_json(profile.model_dump_json()) == profile
    assert LocalProfile.model_validate({"name": "Night", "gpus": written, "concurrency": 9}).policy().concurrency == 9


def test_what_chunks_wait_for() -> None:
    written = {
        "hours": " Mon-Fri 20:00-07:00 ",
        "wait_while_running": "Resolve, Adobe Premiere Pro",
        "wait_on_battery": True,
    }
    profile = LocalProfile.model_validate(
        {"name": "Night", "wait_on_battery": True, "wait_below_free_disk": 20, **written}
    )
    programs = ("Resolve", "Adobe Premiere Pro")
    assert profile.conditions() == Conditions(True, 20, programs, "Mon-Fri 20:00-07:00")
    assert LocalProfile.model_validate_json(profile.model_dump_json()) == profile


def test_name_is_trimmed() -> None:
    assert LocalProfile(name="  Night shift ").name == "Night shift"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines", "bell\a", "turned\u202eround", "half \ud800"])
def test_unusable_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        LocalProfile(name=name)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("concurrency", 0),
        ("concurrency", 1025),
        ("max_jobs", 0),
        ("retries", -1),
        ("retry_delay", 0),
        ("retry_delay", float("nan")),
        ("chunk_timeout", 0),
        ("chunk_timeout", float("inf")),
        ("stop_after_failures", 0),
        ("stop_at_failed_percent", 0),
        ("stop_at_failed_percent", 101),
        ("stop_grace", 0),
        ("kind", "lambda"),
        ("region", "nowhere"),
        ("environment", {"A=B": "1"}),
        ("environment", {"": "1"}),
        ("environment", {"A B": "1"}),
        ("environment", {"A": "1\0"}),
        ("environment", {"A": 1}),
        ("renderer_priority", "high"),
        ("memory_limit", 0),
        ("keep_memory_free", float("inf")),
        ("hours", "at night"),
        ("wait_below_free_disk", 0),
        ("wait_while_running", "Res\nolve"),
        ("wait_while_running", ["Resolve", " "]),
        ("wait_while_running", "x" * 101),
        ("gpus", "0,0"),
        ("gpus", "0 1"),
        ("gpus", "3-1"),
        ("gpus", "0-999999999"),
        ("gpus", ["0,1"]),
    ],
)
def test_values_out_of_bounds_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        LocalProfile.model_validate({"name": "Night", field: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def test_environment_takes_any_value_and_windows_names() -> None:
    environment = {"ProgramFiles(x86)": r"C:\x", "EMPTY": "", "EQ": "a=b", "WIDE": "größe"}
    assert LocalProfile(name="Night", environment=environment).environment == environment


def test_profile_cannot_be_changed_in_place() -> None:
    profile = LocalProfile(name=DEFAULT_PROFILE)
    with pytest.raises(ValidationError):
        profile.retries = 9  # type: ignore[misc]


def test_stops_broken_jobs_unless_told_otherwise() -> None:
    policy = LocalProfile(name="A").policy()
    assert (policy.stop_after_failures, policy.stop_at_failed_percent) == (5, 20.0)
    policy = LocalProfile(name="A", stop_after_failures=None, stop_at_failed_percent=None).policy()
    assert (policy.stop_after_failures, policy.stop_at_failed_percent) == (None, None)
    assert policy.merged(JobExecutionOptions(stop_after_failures=9)).stop_after_failures == 9
    asked = JobExecutionOptions(stop_after_failures=0, stop_at_failed_percent=0)
    assert ExecutionPolicy().merged(asked).stop_after_failures is None
    assert ExecutionPolicy().merged(asked).stop_at_failed_percent is None
