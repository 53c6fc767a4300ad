"""What is rendered of a source unless a person wants something else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from helios_gui.sources.source import JobRequest, SourceFacts
from helios_gui.sources.wanted_frames import listed_ranges
from helios_gui.types.frame_rate import HIGHEST_RATE, exact_rate

USUAL_WIDTH, USUAL_HEIGHT, USUAL_FPS = 1920, 1080, Fraction(30)
"""Of a source that does not say them, in pixels and frames per second."""

USUAL_SECONDS = Fraction(10)
"""Of a source that does not say how long it is, where a person sees that and can change it."""

FRAME_RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
"""Those that people choose from; ``parse_rate`` takes others too."""


@dataclass(frozen=True, slots=True)
class UsualValues:
    """What is rendered of a source by default.

    Attributes:
        width: Pixels of the source.
        height: Pixels of the source.
        fps: Frames per second.
        first: The number of the first frame.
        frames: Number of frames.
        is_length_assumed: Whether the source does not say how long it is.
    """

    width: int
    height: int
    fps: Fraction
    first: int
    frames: int
    is_length_assumed: bool


def usual_values(request: JobRequest, facts: SourceFacts) -> UsualValues:
    """Return what a request stands for, with what it leaves open taken from the source."""
    fps = request.fps or _kept(facts.fps) or USUAL_FPS
    listed = listed_ranges(request)
    if listed:
        request = replace(request, first_frame=listed[0][0], frames=sum(map(len, listed)))
    frames, assumed = request.frames or facts.frames, False
    if request.frames is None and (request.seconds is not None or frames is None):
        seconds = request.seconds or facts.seconds or 0
        assumed = seconds <= 0
        frames = max(1, round((USUAL_SECONDS if assumed else seconds) * fps))
    return UsualValues(
        width=request.width or facts.width or USUAL_WIDTH,
        height=request.height or facts.height or USUAL_HEIGHT,
        fps=fps,
        first=facts.first_frame if request.first_frame is None else request.first_frame,
        frames=frames or 1,
        is_length_assumed=assumed,
    )


def _kept(fps: Fraction | None) -> Fraction | None:
    """Return a source's rate as job files keep it."""
    return None if fps is None or not 0 < fps <= HIGHEST_RATE else exact_rate(fps)
