"""Where the chunks of a video meet. No Qt."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from helios_gui.types import RenderChunk


@dataclass(frozen=True, slots=True)
class Seam:
    """The place between two chunks. ``frame`` is the first of the later one; frames are counted from 0."""

    frame: int
    before: int
    after: int


class Seams:
    """The seams of a job's video, in playing order.

    ``frames`` has the first frame of the later chunk of each, ``total`` is how many frames there are, counted from 0.

    Args:
        chunks: All chunks, in playing order.
    """

    def __init__(self, chunks: Sequence[RenderChunk] = ()) -> None:
        self._chunks = chunks
        self._ids = [chunk.id for chunk in chunks]
        ends = list(accumulate(chunk.frame_count for chunk in chunks))
        self.frames = ends[:-1]
        self.total = ends[-1] if ends else 0

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, place: int) -> Seam:
        return Seam(self.frames[place], self._ids[place], self._ids[place + 1])

    def number(self, frame: int) -> int:
        """Return the number that a frame has in its job, which need not begin with 0 and may leave out some."""
        place = min(bisect_right(self.frames, frame), len(self._chunks) - 1)
        chunk = self._chunks[place]
        return chunk.start_frame + (frame - (self.frames[place - 1] if place else 0)) * chunk.frame_step

    def next(self, frame: int) -> Seam | None:
        """Return the first seam after a frame; ``None`` behind the last one."""
        place = bisect_right(self.frames, frame)
        return self[place] if place < len(self) else None

    def previous(self, frame: int) -> Seam | None:
        """Return the last seam before a frame; ``None`` before the first one."""
        place = bisect_left(self.frames, frame)
        return self[place - 1] if place > 0 else None

    def nearest(self, frame: int) -> Seam | None:
        """Return the seam that is nearest to a frame; ``None`` where there is none at all."""
        around = (self.previous(frame + 1), self.next(frame))
        return min(
            (seam for seam in around if seam is not None), key=lambda seam: abs(seam.frame - frame), default=None
        )
