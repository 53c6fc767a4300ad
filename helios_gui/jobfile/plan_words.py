"""A planned job in words."""

from __future__ import annotations

from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSpec


def describe_plan(spec: JobSpec) -> str:
    """Return frames and chunks of a job, for people."""
    first, last = spec.chunks[0], spec.chunks[-1]
    return tr(
        "frames {start_frame}–{end_frame} in {count} of {size}",
        start_frame=first.start_frame,
        end_frame=last.end_frame,
        count=tr_count("{number} chunk", "{number} chunks", len(spec.chunks)),
        size=_sizes(spec),
    )


def describe_chunks(spec: JobSpec) -> str:
    """Return the number of chunks of a job and their sizes, for people."""
    count = tr_count("{number} chunk", "{number} chunks", len(spec.chunks))
    return tr("{count} of {size}", count=count, size=_sizes(spec))


def _sizes(spec: JobSpec) -> str:
    sizes = sorted({chunk.frame_count for chunk in spec.chunks})
    size = tr_count("{number} frame", "{number} frames", sizes[-1])
    return tr("{least} to {most}", least=sizes[0], most=size) if len(sizes) > 1 else size
