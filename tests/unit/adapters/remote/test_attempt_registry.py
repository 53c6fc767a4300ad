"""Which places attempts take, and what earlier runs of the app left."""

from __future__ import annotations

from helios_gui.adapters.remote.attempt_registry import AttemptRegistry, Execution, OpenAttempt
from helios_gui.adapters.remote.storage_layout import AttemptKeys, chunk_of, job_of

FIRST = "job.7.1"


def place(name: str) -> AttemptKeys:
    return AttemptKeys("job", name)


def test_names() -> None:
    assert (chunk_of("my.job.7.12"), job_of("my.job.7.12")) == ("my.job.7", "my.job")
    assert place(FIRST).result == "jobs/job/attempts/job.7.1/result.json"


def test_an_attempt_that_was_asked_to_stop_leaves_its_name_to_no_other() -> None:
    registry = AttemptRegistry()
    assert registry.begin(FIRST) == place(FIRST)
    registry.learn("job", [place(FIRST).cancel, place(f"{FIRST}-2").cancel, place("job.8.1").log])
    assert registry.begin(FIRST) == place(f"{FIRST}-3")
    assert registry.begin("job.8.1") == place("job.8.1")


def test_what_may_still_be_going_on() -> None:
    registry = AttemptRegistry()
    assert registry.left_behind(FIRST) == place(FIRST)
    registry.cancel(place(FIRST))
    assert registry.left_behind(FIRST) is None
    registry.learn("job", [place(f"{FIRST}-2").log])
    assert registry.left_behind(FIRST) == place(f"{FIRST}-2")
    registry.begin("job.8.1")
    assert registry.left_behind("job.8.1") == place("job.8.1")
    registry.settle("job.8.1")
    assert registry.left_behind("job.8.1") is None


def test_an_open_attempt_is_found_once_by_the_next_one_at_its_chunk() -> None:
    registry = AttemptRegistry()
    left = OpenAttempt(FIRST, place(FIRST), 5.0)
    registry.leave_open(left)
    assert registry.take_open("job.8.1") is None
    assert registry.take_open("job.7.2") is left
    assert registry.take_open("job.7.3") is None


def test_jobs_are_forgotten_whole() -> None:
    registry = AttemptRegistry()
    registry.learn("job", [place(FIRST).cancel, place(FIRST).result])
    registry.learn("other", [AttemptKeys("other", "other.1.1").cancel])
    registry.leave_open(OpenAttempt(FIRST, place(FIRST), 5.0))
    registry.settle(FIRST)
    registry.forget("job")
    assert registry.begin(FIRST) == place(FIRST)
    assert registry.begin("other.1.1").name == "other.1.1-2"
    assert not registry.is_finished(place(FIRST))
    assert registry.take_open(FIRST) is None


def test_who_may_be_at_work() -> None:
    registry = AttemptRegistry()
    assert registry.may_be_at_work(FIRST, place(FIRST)), "an earlier run may have started it"
    registry.begin(FIRST)
    assert not registry.may_be_at_work(FIRST, place(FIRST)), "this run has not"
    execution = Execution(place(FIRST), until=100.0, limit=60.0)
    registry.start(execution)
    registry.start(Execution(place(FIRST), until=200.0))
    registry.start(Execution(AttemptKeys("other", "other.1.1"), until=100.0))
    assert registry.may_be_at_work(FIRST, place(FIRST))
    assert list(registry.at_work("job")) == [execution]
    assert not execution.over.is_set()
    registry.end(place(FIRST))
    registry.end(place(FIRST))
    assert execution.over.is_set()
    assert list(registry.at_work("job")) == []
    assert not registry.is_cancelled(place(FIRST))
    registry.cancel(place(FIRST))
    assert registry.is_cancelled(place(FIRST))
