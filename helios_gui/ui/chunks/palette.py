"""The colours of a cell, derived from its state's one colour and the ground it lies on."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from helios_gui.types import ChunkState
from helios_gui.ui.theme import state_style, theme

_TRACK = {ChunkState.PENDING: 0.34, ChunkState.RETRYING: 0.60}
_TRACK_ELSE = 0.30
_ENOUGH_CONTRAST = 4.0


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
        """One colour for a whole cell, where there is no room to fill a part of it."""
        colour = mix(self.track, self.full, self.filled(progress))
        return mix(colour, self.highlight, 0.45) if selected else colour


def cell_colours(state: ChunkState) -> CellColours:
    """Return the colours of a state in the current theme."""
    tokens = theme().tokens
    full = state_style(state).color
    track = mix(tokens.panel, full, _TRACK.get(state, _TRACK_ELSE))
    track_ink = tokens.muted if state is ChunkState.PENDING else tokens.text
    return CellColours(full, track, ink_on(full), track_ink, tokens.text, state)


def mix(ground: QColor, colour: QColor, amount: float) -> QColor:
    """``colour`` laid over ``ground`` with an opacity of ``amount``, 0 to 1."""

    def channel(below: int, above: int) -> int:
        return round(below + (above - below) * amount)

    return QColor(
        channel(ground.red(), colour.red()),
        channel(ground.green(), colour.green()),
        channel(ground.blue(), colour.blue()),
    )


def contrast(first: QColor, second: QColor) -> float:
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
    return white if contrast(colour, white) >= _ENOUGH_CONTRAST else black
