"""Which frames of a source are wanted: consecutive ones, or those of a frame list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from helios_gui.jobfile.frame_list import list_of, parse_frame_list
from helios_gui.sources.source import JobRequest
from helios_gui.types import JobSpec

_RANGE = re.compile(r"\s*([0-9]{1,10})\s*(?:[-–]\s*([0-9]{1,10})\s*)?")


def frames_wanted(text: str) -> dict[str, object]:
    """Return the fields of a request for frames as a person writes them: ``1-100``, ``40`` or a frame list.

    Raises:
        UserInputError: It is no frame list.
    """
    ranges = parse_frame_list(text)
    if _RANGE.fullmatch(text):  # the source's step, if it has one, is kept
        only = ranges[0]
        return {"first_frame": only[0], "frames": len(only), "seconds": None, "frame_list": ""}
    return {"first_frame": None, "frames": None, "seconds": None, "frame_list": list_of(ranges)}


def listed_ranges(request: JobRequest) -> list[range]:
    """Return the ranges of the request's frame list; none where it has no list.

    Raises:
        UserInputError: It is no frame list.
    """
    return parse_frame_list(request.frame_list) if request.frame_list else []


def span_of(ranges: Sequence[range]) -> dict[str, Any]:
    """Return the frames as fields of a ``PlanRequest``."""
    if len(ranges) == 1 and ranges[0].step == 1:
        return {"start": ranges[0][0], "total": len(ranges[0])}
    return {"frames": list_of(ranges)}


def has_gaps(ranges: Sequence[range]) -> bool:
    """Return whether frames between the first and the last one are left out."""
    return has_steps(ranges) or any(before[-1] + 1 != after[0] for before, after in pairwise(ranges))


def has_steps(ranges: Sequence[range]) -> bool:
    """Return whether a range leaves out frames."""
    return any(frames.step != 1 for frames in ranges)


def frame_at(spec: JobSpec, share: float) -> int:
    """Return the number of a job's frame: the first for 0, the last for 1, and those between them in proportion."""
    place = int((spec.metadata.total_frames - 1) * share)
    for chunk in spec.chunks:
        if place < chunk.frame_count:
            return chunk.frames[place]
        place -= chunk.frame_count
    return spec.chunks[-1].end_frame
