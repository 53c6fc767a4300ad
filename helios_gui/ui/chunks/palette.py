"""The colours of a cell: its state's one colour and the ground it lies on, or a step of a scale."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from helios_gui.types import ChunkState
from helios_gui.ui.chunks.heat import LEVELS, WORKER_COLOURS
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.theme import state_style, theme

_TRACK = {ChunkState.PENDING: 0.34, ChunkState.RETRYING: 0.60}
_TRACK_ELSE = 0.30
_ENOUGH_CONTRAST = 4.0

SELECTED_TINT = 0.45
"""How much of the highlight lies over a selected cell that has no room for a ring."""

_RAMP_ON_DARK = ("#2b3566", "#3c63a0", "#4c93a8", "#7cc08a", "#f3d95b")
_RAMP_ON_LIGHT = ("#e4e6a8", "#8ccb9b", "#3f97a3", "#3a5d99", "#3b2a66")
"""From little to much: lightness rises (falls on light ground) all the way, so that it is read without colour."""

_WORKERS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2")
"""Okabe and Ito's colours without that of failures; then the same, nearer to the ground."""


@dataclass(frozen=True, slots=True)
class CellColours:
    """``full`` where the cell is filled (with ``ink`` on it), ``track`` where it is not (with ``track_ink``)."""

    full: QColor
    track: QColor
    ink: QColor
    track_ink: QColor
    highlight: QColor
    state: ChunkState

    def filled(self, progress: float) -> float:
        """Return the part of the cell to fill, 0 to 1: nothing if it waits, everything if it has ended."""
        if self.state is ChunkState.PENDING:
            return 0.0
        return progress if self.state in (ChunkState.RUNNING, ChunkState.RETRYING) else 1.0

    def shade(self, progress: float, *, selected: bool = False) -> QColor:
        """Return one colour for a whole cell, where there is no room to fill a part of it."""
        colour = mix_colours(self.track, self.full, self.filled(progress))
        return mix_colours(colour, self.highlight, SELECTED_TINT) if selected else colour


def cell_colours(state: ChunkState) -> CellColours:
    """Return the colours of a state in the current theme."""
    tokens = theme().tokens
    full = state_style(state).color
    track = mix_colours(tokens.panel, full, _TRACK.get(state, _TRACK_ELSE))
    track_ink = tokens.muted if state is ChunkState.PENDING else tokens.text
    return CellColours(full, track, ink_on(full), track_ink, tokens.text, state)


def mix_colours(ground: QColor, colour: QColor, amount: float) -> QColor:
    """Return ``colour`` laid over ``ground`` with an opacity of ``amount``, 0 to 1."""

    def channel(below: int, above: int) -> int:
        return round(below + (above - below) * amount)

    return QColor(
        channel(ground.red(), colour.red()),
        channel(ground.green(), colour.green()),
        channel(ground.blue(), colour.blue()),
    )


def contrast_ratio(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def ink_on(colour: QColor) -> QColor:
    """Return white or black, whichever is read more easily on a colour."""
    white, black = QColor("#ffffff"), QColor("#0b0d10")
    return white if contrast_ratio(colour, white) >= _ENOUGH_CONTRAST else black


def heat_colours(mode: HeatMode) -> list[QColor]:
    """Return the colours of the levels of a scale in the current theme, from the first to the last."""
    if mode is HeatMode.WORKER:
        panel = theme().tokens.panel
        plain = [QColor(name) for name in _WORKERS]
        return [*plain, *(mix_colours(panel, colour, 0.55) for colour in plain)][:WORKER_COLOURS]
    stops = [QColor(name) for name in (_RAMP_ON_DARK if theme().is_dark else _RAMP_ON_LIGHT)]
    colours = []
    for level in range(LEVELS):
        place = level / (LEVELS - 1) * (len(stops) - 1)
        stop = min(int(place), len(stops) - 2)
        colours.append(mix_colours(stops[stop], stops[stop + 1], place - stop))
    return colours


def no_value_colour() -> QColor:
    """Return the colour of cells of which there is nothing to say yet."""
    return mix_colours(theme().tokens.panel, theme().tokens.pending, 0.34)
