"""Tooltips that show their text as it is. Qt takes one that looks like markup for it, and loads its pictures."""

from __future__ import annotations

import textwrap
from typing import Protocol

_WIDTH = 120
_MOST_LINES = 40
_WORD_JOINER = "\u2060"
"""Has no width and no glyph; behind ``<`` it makes that no tag (``Qt::mightBeRichText``)."""


class _HasTooltip(Protocol):
    def setToolTip(self, text: str, /) -> object: ...


def set_tooltip(target: _HasTooltip, text: str) -> None:
    """Give a widget, an action or an item a tooltip, whatever the text is made of: see ``plain_tooltip``."""
    target.setToolTip(plain_tooltip(text))


def plain_tooltip(text: str) -> str:
    """Return a text for a tooltip that Qt shows as it is, with long lines folded and a very long end left out.

    Short texts without ``<`` are returned unchanged.
    """
    shown = _fold(text)
    return shown.replace("<", f"<{_WORD_JOINER}").replace("&lt;", f"&{_WORD_JOINER}lt;")


def _fold(text: str) -> str:
    if len(text) <= _WIDTH:
        return text
    lines: list[str] = []
    for line in text[: _WIDTH * _MOST_LINES].split("\n"):
        long = len(line) > _WIDTH
        lines += textwrap.wrap(line, _WIDTH, drop_whitespace=False, replace_whitespace=False) if long else [line]
    is_cut = len(lines) > _MOST_LINES or len(text) > _WIDTH * _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *(["…"] if is_cut else [])])
