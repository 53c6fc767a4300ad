"""Numbers for people."""

from __future__ import annotations

import pytest

from helios_gui.utils.format import format_money, format_size, shorten


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_400_000_000, "3.4 GB"),
        (5_000_000_000_000_000, "5000 TB"),
    ],
)
def test_sizes_are_short(amount: int, text: str) -> None:
    assert format_size(amount) == text


@pytest.mark.parametrize(
    ("dollars", "text"), [(0, "$0.00"), (0.0001, "< $0.01"), (0.005, "$0.01"), (0.214, "$0.21"), (1250, "$1,250.00")]
)
def test_money_is_never_nothing_where_it_is_something(dollars: float, text: str) -> None:
    assert format_money(dollars) == text


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("short", "short"),
        ("ten exact.", "ten exact."),
        ("one, two three", "one, two…"),
        ("one two (three)", "one two…"),
        ("fourteenletters", "fourteenl…"),
    ],
)
def test_a_long_text_ends_after_a_word_with_an_ellipsis(text: str, short: str) -> None:
    assert shorten(text, 10) == short
