"""Finds the example's video on a screen: its seven colour bars, and the white hand that moves on with every frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from screen import Picture

# The example's picture, in its own pixels: a card of 1280 × 720 with bars from (160, 80) on, and a hand, 8 wide, that
# moves 16 with every frame.
_BARS = ("white", "yellow", "cyan", "green", "magenta", "red", "blue")
_BARS_LEFT, _BARS_TOP, _BARS_WIDTH = 160, 80, 960
_HAND_WIDTH, _HAND_STEP, _CARD_WIDTH = 8, 16, 1280

_NAMES = dict(enumerate(("black", "blue", "green", "cyan", "red", "magenta", "yellow", "white")))
_STRONG, _BRIGHT = 120, 200
_ROWS_APART = 4
_NARROW = 10  # pixels; the hand in front of the bars, and the edges of letters


@dataclass(frozen=True)
class Card:
    """Where the card is on the screen, and how many times its size."""

    left: float
    top: float
    scale: float

    def frame(self, picture: Picture) -> int | None:
        """The number of the frame it shows, modulo 80; ``None`` where the hand is not to be seen."""
        y = round(self.top + _BARS_TOP / 2 * self.scale)
        row = picture.row(y)
        start, end = round(self.left), min(picture.width, round(self.left + _CARD_WIDTH * self.scale))
        bright = [x for x in range(start, end) if min(row[4 * x : 4 * x + 3]) > _BRIGHT]
        if not bright or bright[-1] - bright[0] > 2 * _HAND_WIDTH * self.scale:
            return None
        middle = (bright[0] + bright[-1] + 1) / 2
        return round(((middle - self.left) / self.scale - _HAND_WIDTH / 2) / _HAND_STEP)


def find_card(picture: Picture) -> Card | None:
    """The card in a picture; ``None`` if it is not there."""
    for y in range(0, picture.height, _ROWS_APART):
        place = _find_bars(picture.row(y))
        if place is not None:
            left, right = place
            scale = (right - left) / _BARS_WIDTH
            return Card(left - _BARS_LEFT * scale, y - _BARS_TOP * scale, scale)
    return None


def _find_bars(row: bytes) -> tuple[int, int] | None:
    """Where the seven bars start and end in a row."""
    runs = list(_runs(row))
    for first in range(len(runs) - len(_BARS) + 1):
        bars = runs[first : first + len(_BARS)]
        widths = [end - start for _, start, end in bars]
        if tuple(name for name, _, _ in bars) == _BARS and max(widths) < 1.3 * min(widths):
            return bars[0][1], bars[-1][2]
    return None


def _runs(row: bytes) -> Iterator[tuple[str, int, int]]:
    """Stretches of one colour, without the narrow ones, as (colour, start, end)."""
    colours = [_NAMES[(r > _STRONG) << 2 | (g > _STRONG) << 1 | (b > _STRONG)] for b, g, r in _pixels(row)]
    wide, x = [], 0
    for name, group in groupby(colours):
        width = len(list(group))
        if width > _NARROW:
            wide.append((name, x, x + width))
        x += width
    for name, group_of_runs in groupby(wide, key=lambda run: run[0]):
        parts = list(group_of_runs)
        yield name, parts[0][1], parts[-1][2]


def _pixels(row: bytes) -> Iterator[tuple[int, int, int]]:
    return zip(row[0::4], row[1::4], row[2::4], strict=True)
