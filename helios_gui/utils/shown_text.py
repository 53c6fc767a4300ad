"""Untrusted text as people may safely look at it: nothing in it hides, reorders or pushes away other text."""

from __future__ import annotations

import re

from helios_gui.translation import tr

LONGEST_SHOWN = 4_000
_KEPT_END = 1_000
_REPEATED = re.compile(r"(.)\1{39,}", re.DOTALL)
_LOOKS_EMPTY = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Printable to Python, but without a glyph of their own: fillers and selectors of variants."""


def plain_text(text: str) -> str:
    """Return ``text`` with every character that would hide or reorder others, or that is invisible, as an escape."""
    if text.isprintable() and not _LOOKS_EMPTY.search(text):
        return text
    return "".join(_escape(char) if _is_hidden(char) else char for char in text)


def _is_hidden(char: str) -> bool:
    return not char.isprintable() or _LOOKS_EMPTY.match(char) is not None


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def shorten_text(text: str) -> str:
    """Return ``text`` in plain characters, short enough to be read. What is left out is counted in its place.

    A character that is repeated forty times or more is written three times, with a count; of what is still very long,
    the middle is left out.
    """
    shown = plain_text(_REPEATED.sub(_count_repeated, text))
    if len(shown) <= LONGEST_SHOWN:
        return shown
    middle = len(shown) - LONGEST_SHOWN
    left_out = tr("… [{count:,} characters are not shown here] …", count=middle)
    return f"{shown[: LONGEST_SHOWN - _KEPT_END]}{left_out}{shown[-_KEPT_END:]}"


def _count_repeated(match: re.Match[str]) -> str:
    char, count = match[1], len(match[0])
    if char == " ":
        return tr(" … [{count:,} blanks] … ", count=count)
    return tr("{chars}… [{count:,} times “{char}”] …", chars=char * 3, count=count, char=char)
