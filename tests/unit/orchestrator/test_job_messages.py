"""The sentences people read."""

from __future__ import annotations

import re

from helios_gui.orchestrator.job_messages import (
    left_in_words,
    silent_in_words,
    stopping_in_words,
    with_stop_note,
)
from helios_gui.types import HeliosError, UnconfirmedStops
from helios_gui.types.errors import error_in_words
from helios_gui.utils.failed_chunks import failed_chunks_in_words


def test_an_error_and_its_way_out() -> None:
    assert error_in_words(HeliosError("It broke.", "Mend it.")) == "It broke. Mend it."
    assert error_in_words(HeliosError("It broke.")) == "It broke."
    assert (
        error_in_words(HeliosError("2 problems:\n  one\n  two", "Mend them."))
        == "2 problems:\n  one\n  two\nMend them."
    )


def test_failed_chunks() -> None:
    assert failed_chunks_in_words([(7, "exit code 3")], 9) == "Chunk 7 failed: exit code 3"
    two = failed_chunks_in_words([(7, "exit code 3"), (8, "time was up")], 9)
    assert two == "2 of 9 chunks failed; the first is chunk 7: exit code 3"
    many = failed_chunks_in_words([(7, "exit code 3"), (8, "time was up")], 20_000)
    assert many.startswith("2 of 20,000 chunks failed")


def test_workers_that_have_not_confirmed_that_they_stopped() -> None:
    one, two = UnconfirmedStops(1, 1e9, 120.0), UnconfirmedStops(2, 1e9, 0.0)
    clock = r"\d\d:\d\d:\d\d"
    still = rf"stopping; may still bill \(1 worker has not confirmed, until {clock} at most\)"
    assert re.fullmatch(still, stopping_in_words(one))
    assert "(2 workers have not confirmed, " in stopping_in_words(two)
    assert silent_in_words(one) == "1 worker did not confirm and may have billed until its 120 s limit"
    assert silent_in_words(two) == "2 workers did not confirm and may have billed until their time limit"
    left = rf"2 workers had not confirmed when the app was closed, and may bill until {clock}"
    assert re.fullmatch(left, left_in_words(two))


def test_a_reason_and_what_came_after() -> None:
    assert with_stop_note("cancelled", "") == "cancelled"
    assert with_stop_note("cancelled", "2 workers …") == "cancelled; 2 workers …"
    assert with_stop_note("The app was closed.", "it left workers") == "The app was closed. It left workers."
    assert with_stop_note("The app was closed.", "") == "The app was closed."
