"""What people look at before they agree: nothing is hidden, reordered, pushed away or cut without a word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.utils.shown_text import LONGEST_SHOWN, plain_text, shorten_text

HIDDEN = (
    "\u200b\u200e\u202e\u2066\u2069\ufeff\u00ad\u00a0\u3000\u3164\u2800\u115f\ufe0f\u034f\u180e\U000e0061\x1b\r\n\t\x00"
)


@pytest.mark.parametrize("char", HIDDEN)
def test_characters_without_a_glyph_are_escapes(char: str) -> None:
    shown = plain_text(f"a{char}b")
    assert char not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("b")


def test_other_text_is_shown_as_it_is() -> None:
    for text in ("render.py --frames 1-5 'Größe'", "动画.mov", "שלום", "🎬"):
        assert plain_text(text) == text == shorten_text(text)


@pytest.mark.parametrize("pad", [" " * 10_000, "x" * 1_200, "\u200b" * 300, "ab" * 600, "\n" * 5_000])
def test_what_follows_a_long_pad_is_seen(pad: str) -> None:
    shown = shorten_text(f"python3 render.py {pad} --post evil.example")
    assert "evil.example" in shown
    assert len(shown) < 3_000


def test_what_is_left_out_is_counted() -> None:
    shown = shorten_text(" ".join(map(str, range(5_000))) + " evil.example")
    assert "characters are not shown here" in shown
    assert shown.endswith("evil.example")
    assert len(shown) < LONGEST_SHOWN + 100
    assert "[10,000 blanks]" in shorten_text("a" + " " * 10_000 + "b")


@given(st.text(max_size=400))
def test_no_text_moves_or_hides_other_text(text: str) -> None:
    for char in plain_text(text):
        assert char.isprintable()
        assert unicodedata.bidirectional(char) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
