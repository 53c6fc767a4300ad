"""Which places attempts take, and what earlier runs of the app left."""

from __future__ import annotations

from helios_gui.adapters.remote.attempt_registry import AttemptBook, Execution, OpenAttempt
from helios_gui.adapters.remote.storage_layout import AttemptPlace, chunk_of, job_of

FIRST = "job.7.1"


def place(name: str) -> AttemptPlace:
    return AttemptPlace("job", name)


def test_names() -> None:
    assert (chunk_of("my.job.7.12"), job_of("my.job.7.12")) == ("my.job.7", "my.job")
    assert place(FIRST).result == "jobs/job/attempts/job.7.1/result.json"


def test_an_attempt_that_was_asked_to_stop_leaves_its_name_to_no_other() -> None:
    book = AttemptBook()
    assert book.begin(FIRST) == place(FIRST)
    book.learn("job", [place(FIRST).cancel, place(f"{FIRST}-2").cancel, place("job.8.1").log])
    assert book.begin(FIRST) == place(f"{FIRST}-3")
    assert book.begin("job.8.1") == place("job.8.1")


def test_what_may_still_be_going_on() -> None:
    book = AttemptBook()
    assert book.left_behind(FIRST) == place(FIRST)
    book.cancel(place(FIRST))
    assert book.left_behind(FIRST) is None
    book.learn("job", [place(f"{FIRST}-2").log])
    assert book.left_behind(FIRST) == place(f"{FIRST}-2")
    book.begin("job.8.1")
    assert book.left_behind("job.8.1") == place("job.8.1")
    book.settle("job.8.1")
    assert book.left_behind("job.8.1") is None


def test_an_open_attempt_is_found_once_by_the_next_one_at_its_chunk() -> None:
    book = AttemptBook()
    left = OpenAttempt(FIRST, place(FIRST), 5.0)
    book.leave_open(left)
    assert book.take_open("job.8.1") is None
    assert book.take_open("job.7.2") is left
    assert book.take_open("job.7.3") is None


def test_jobs_are_forgotten_whole() -> None:
    book = AttemptBook()
    book.learn("job", [place(FIRST).cancel, place(FIRST).result])
    book.learn("other", [AttemptPlace("other", "other.1.1").cancel])
    book.leave_open(OpenAttempt(FIRST, place(FIRST), 5.0))
    book.settle(FIRST)
    book.forget("job")
    assert book.begin(FIRST) == place(FIRST)
    assert book.begin("other.1.1").name == "other.1.1-2"
    assert not book.is_finished(place(FIRST))
    assert book.take_open(FIRST) is None


def test_who_may_be_at_work() -> None:
    book = AttemptBook()
    assert book.may_be_at_work(FIRST, place(FIRST)), "an earlier run may have started it"
    book.begin(FIRST)
    assert not book.may_be_at_work(FIRST, place(FIRST)), "this run has not"
    execution = Execution(place(FIRST), until=100.0, limit=60.0)
    book.start(execution)
    book.start(Execution(place(FIRST), until=200.0))
    book.start(Execution(AttemptPlace("other", "other.1.1"), until=100.0))
    assert book.may_be_at_work(FIRST, place(FIRST))
    assert list(book.at_work("job")) == [execution]
    assert not execution.over.is_set()
    book.end(place(FIRST))
    book.end(place(FIRST))
    assert execution.over.is_set()
    assert list(book.at_work("job")) == []
    assert not book.is_cancelled(place(FIRST))
    book.cancel(place(FIRST))
    assert book.is_cancelled(place(FIRST))
