"""The scripts that a page is given, the times that it is brought to, and the words of its errors."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any
from urllib.parse import urlsplit

from helios_gui.resources import resource_path
from helios_gui.web.origin import HOST

_UNKNOWN_END = 600.0
"""Seconds of a page's time for which Web Audio is rendered where nobody says how many are wanted."""

_OF_A_PAGE = (
    "machine", "dates", "pending", "delays", "element_loads", "recordings", "seeks", "media", "webaudio", "workers",
    "pictures", "canvas", "offscreen", "scrolling", "browser_frames", "drawing_buffers", "first_frame", "documents",
    "shadow_roots", "animations", "layers", "composition", "clock",
)  # fmt: skip
_OF_A_WORKER = ("machine", "dates", "pending", "delays", "offscreen", "worker_clock")

CONTRACT = """(() => {
  const helios = window.helios;
  const state = typeof helios?.getState === "function" ? helios.getState() : helios;
  const pick = (name) => (Number.isFinite(Number(state?.[name])) && state[name] !== null ? Number(state[name]) : null);
  return state ? { width: pick("width"), height: pick("height"), duration: pick("duration"), fps: pick("fps") } : null;
})()"""
"""What a page says about itself: an expression whose value is an object or ``null``."""


def clock_script(until: float | None, language: str, *, steadily: bool) -> str:
    """Return the script that gives each document its clock; its parts are functions, which the page does not see.

    Args:
        until: Seconds of the page's time after which no frame is wanted; ``None`` where that is not known.
        language: What ``navigator.language`` says.
        steadily: Whether the browser draws no more frames than a screen shows.
    """
    known = json.dumps({"until": until or _UNKNOWN_END, "language": language, "isSteady": steadily})
    return f"(() => {{const {{until, language, isSteady}} = {known};\n{_scripts(*_OF_A_PAGE)}\n}})();"


@cache
def _scripts(*names: str) -> str:
    return "\n".join(resource_path("web", f"{name}.js").read_text(encoding="utf-8") for name in names)


def worker_clock_script(language: str) -> str:
    """Return the script that gives a worker the clock of its page. See ``clock_script``."""
    return f"(() => {{const language = {json.dumps(language)};\n{_scripts(*_OF_A_WORKER)}\n}})();"


def time_of(frame: int, fps: Fraction) -> float:
    """Return a frame's time in milliseconds.

    It is a nanosecond late: a page that computes the frame's number from its time, and rounds down, finds this one; and
    one that draws only when time has passed since its script ran draws the first frame.
    """
    return (floor(frame * 1000 / fps * 1_000_000) + 1) / 1_000_000


def _shown(value: dict[str, Any]) -> str:
    """Return a value of a page as JavaScript shows it."""
    if "value" not in value:
        return str(value.get("description", value["type"]))
    content = value["value"]
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def console_words(event: dict[str, Any]) -> str:
    """Return what a page prints to its console, in one line and without the styles of ``%c``."""
    texts = [_shown(value) for value in event["args"]]
    styles = texts[0].count("%c") if texts else 0
    if styles:
        texts = [texts[0].replace("%c", ""), *texts[1 + styles :]]
    return " ".join(" ".join(texts).split())


def exception_words(details: dict[str, Any]) -> str:
    """Return message and place of an exception, in one line."""
    exception = details.get("exception", {})
    words = str(exception.get("description") or exception.get("value") or details.get("text", "")).split("\n")[0]
    url = urlsplit(details.get("url", ""))
    place = f" ({url.path or '/'}:{details['lineNumber'] + 1})" if url.netloc == HOST else ""
    return f"{words}{place}"
