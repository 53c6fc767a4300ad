"""Sentences about what the clock of a page reports: what may differ from run to run, and what cannot be rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helios_gui.translation import tr

_MOST_MINUTES = 30
"""For which Web Audio is rendered, as in webaudio.js."""


def remarks_in(report: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over what may come at another frame in each render, for the log."""
    if report.get("hasUnknownWorker"):
        yield tr(
            "The page has a worker that keeps its own time: a shared one, one that another worker started, or "
            "one that does not answer. What it times may come at another frame in each render."
        )
    if report.get("hasServiceWorker"):
        yield tr(
            "The page wants a service worker, which is not run. The page is as at a first visit, before one is "
            "installed."
        )
    if report.get("hasRecording"):
        yield tr(
            "The page records with MediaRecorder, at the pace of this machine. What comes of it may come at another "
            "frame in each render."
        )
    if report.get("hasUnflushed"):
        yield tr(
            "The page decodes or encodes with WebCodecs and does not wait for it with flush(). What comes of it may "
            "come at another frame in each render."
        )


def obstacles_in(report: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over what the page needs and is not given."""
    if report.get("isTransitionLate"):
        yield (
            tr("A view transition of the page waits for time to pass, which does not while it waits.")
            + " "
            + tr("Start it when all is there that it shows.")
        )
    if report.get("showsStream"):
        yield (
            tr("The page shows a stream in a <video>, of captureStream(), WebRTC or a camera, which has its own pace.")
            + " "
            + tr("Show the canvas or the file that it comes from.")
        )
    if report.get("playsRecording"):
        yield (
            tr("The page plays what it has recorded with MediaRecorder, which has its own pace.")
            + " "
            + tr("Show the canvas or the file that it comes from.")
        )
    if report.get("hasUnsteadyBar"):
        yield (
            tr("The page shows a <progress> without a value, which would move at its own pace.")
            + " "
            + tr("Give it a value, or draw it yourself, with the style “appearance: none” and an animation.")
        )
    if report.get("isCanvasLost"):
        yield (
            tr("The page sends an OffscreenCanvas of one of its canvases to where Helios does not see it.")
            + " "
            + tr("Send it to a worker, in a message of plain objects and lists.")
        )
    if report.get("isWebAudioTooLong"):
        yield (
            tr("The page makes sound with Web Audio, which is rendered up to {minutes:g} min.", minutes=_MOST_MINUTES)
            + " "
            + tr("Use --sound off, or play the sound with <audio>.")
        )
    if report.get("unreached"):
        yield (
            tr("The page has animated pictures and a style sheet of another host, which may show them.")
            + " "
            + tr("Put the style sheet beside the page.")
        )
