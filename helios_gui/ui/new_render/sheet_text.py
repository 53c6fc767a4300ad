"""What the sheet for a new render says about a source, test frames and errors."""

from __future__ import annotations

from helios_gui.sources.source import JobRequest
from helios_gui.translation import localized, tr
from helios_gui.types import HeliosError
from helios_gui.types.cost import RenderPace
from helios_gui.types.frame_rate import write_rate
from helios_gui.ui.new_render.answer import Source
from helios_gui.utils.format import format_size


def facts_text(source: Source, request: JobRequest) -> str:
    """Return size, rate and length of the wanted part of a source, as far as it says them."""
    facts, values = source.kind.facts_of(request, source.facts), source.usual(request)
    parts = []
    if facts.width and facts.height:
        parts.append(f"{facts.width} × {facts.height}")
    if facts.fps:
        parts.append(tr("{rate} frames/s", rate=localized(write_rate(values.fps))))
    if not values.is_length_assumed:
        parts.append(seconds_text(float(values.frames / values.fps)))
    return " · ".join(parts)


def pace_text(pace: RenderPace) -> str:
    """Return what test frames took, in a few words."""
    text = tr("{seconds} s per frame", seconds=localized(f"{pace.frame:.2g}"))
    return (
        tr("{pace} · {memory} of memory for each chunk", pace=text, memory=format_size(pace.memory))
        if pace.memory
        else text
    )


def in_window(error: HeliosError) -> str:
    """Return an error with its hint, unless that names options of the terminal, which the sheet has as fields."""
    return f"{error} {error.hint}".strip() if "--" not in error.hint else str(error)


def seconds_text(seconds: float) -> str:
    """Return a length in seconds, with two digits behind the point where they say something."""
    return tr("{seconds} s", seconds=localized(f"{seconds:.2f}".rstrip("0").rstrip(".")))
