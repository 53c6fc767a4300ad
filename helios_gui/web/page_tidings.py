"""What the clock of a page tells, in words: a page that is another film in each run, or cannot be rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helios_gui.translation import tr

_MOST_MINUTES = 30
"""For which Web Audio is rendered, as in webaudio.js."""


def remarks(tidings: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over what is worth a line in the log."""
    if tidings.get("hasUnknownWorker"):
        yield tr(
            "The page has a worker that keeps its own time: a shared one, one that another worker started, or "
            "one that does not answer. What it times may come at another frame in each render."
        )


def hindrances(tidings: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over what the page needs and cannot have."""
    if tidings.get("isTransitionLate"):
        yield (
            tr("A view transition of the page waits for time to pass, which does not while it waits.")
            + " "
            + tr("Start it when all is there that it shows.")
        )
    if tidings.get("isWebAudioTooLong"):
        yield (
            tr("The page makes sound with Web Audio, which is rendered up to {minutes:g} min.", minutes=_MOST_MINUTES)
            + " "
            + tr("Use --sound off, or play the sound with <audio>.")
        )
    if tidings.get("unreached"):
        yield (
            tr("The page has animated pictures and a style sheet of another host, which may show them.")
            + " "
            + tr("Put the style sheet beside the page.")
        )
