"""The sentences people read."""

from __future__ import annotations

from helios_gui.orchestrator.words import count_of, error_in_words, failed_chunks_in_words
from helios_gui.types import HeliosError


def test_an_error_and_its_way_out() -> None:
    assert error_in_words(HeliosError("It broke.", "Mend it.")) == "It broke. Mend it."
    assert error_in_words(HeliosError("It broke.")) == "It broke."


def test_failed_chunks() -> None:
    assert failed_chunks_in_words([(7, "exit code 3")], 9) == "Chunk 7 failed: exit code 3"
    two = failed_chunks_in_words([(7, "exit code 3"), (8, "time was up")], 9)
    assert two == "2 of 9 chunks failed; the first is chunk 7: exit code 3"


def test_one_or_many() -> None:
    assert [count_of(number, "chunk") for number in (0, 1, 2)] == ["0 chunks", "1 chunk", "2 chunks"]
