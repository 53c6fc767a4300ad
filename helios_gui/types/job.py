"""The job file as data: what is rendered, in which chunks, by which commands.

The camelCase JSON that Helios writes with ``--emit-job`` maps onto these models unchanged; keys we do not
know are kept. Reading a file, with every rule that spans several fields, is ``jobfile.job_files``.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from helios_gui.types.sequences import FramePattern, read_pattern

_NTSC_DENOMINATOR = 1001

_MOST = 2**31 - 1  # what frame numbers, ids and pixels are in every container, database and renderer

_SEPARATOR = re.compile(r"[/\\]")

_LONGEST_LABEL = 1_000
_LONGEST_PATH = 4_096
_LONGEST_COMMAND = 1_000_000
_LONGEST_MERGE = 4_000_000  # it may name every chunk of the largest job
"""Characters: no system runs longer commands or has longer paths."""

FrameIndex = Annotated[int, Field(ge=0, le=_MOST, strict=True)]
FrameCount = Annotated[int, Field(ge=1, le=_MOST, strict=True)]
Label = Annotated[str, Field(max_length=_LONGEST_LABEL)]
FilePath = Annotated[str, Field(min_length=1, max_length=_LONGEST_PATH)]
Pixels = Annotated[int, Field(ge=1, le=_MOST, strict=True)]


class _Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True, allow_inf_nan=False
    )


class JobMetadata(_Model):
    """Size and pace of the finished video: frames, frames per second, pixels, seconds."""

    total_frames: FrameCount
    fps: Annotated[float, Field(gt=0, le=1000, strict=True)]
    width: Pixels
    height: Pixels
    duration: Annotated[float, Field(ge=0, strict=True)] | None = None

    @property
    def rate(self) -> Fraction:
        """Frames per second as an exact ratio; 29.97 and its relatives become n·1000/1001."""
        ntsc = Fraction(round(self.fps * _NTSC_DENOMINATOR / 1000) * 1000, _NTSC_DENOMINATOR)
        if not float(self.fps).is_integer() and abs(float(ntsc) - self.fps) < 0.005:
            return ntsc
        return Fraction(self.fps).limit_denominator(10_000)


class RenderChunk(_Model):
    """A contiguous range of frames with its own command and output file (relative to the job file)."""

    id: Annotated[int, Field(ge=0, le=_MOST, strict=True)]
    start_frame: FrameIndex
    frame_count: FrameCount
    output_file: FilePath
    command: Annotated[str, Field(min_length=1, max_length=_LONGEST_COMMAND)]

    @property
    def end_frame(self) -> int:
        """The last frame of the range, inclusive."""
        return self.start_frame + self.frame_count - 1

    @property
    def frames(self) -> range:
        """The numbers of the frames."""
        return range(self.start_frame, self.start_frame + self.frame_count)

    @property
    def pattern(self) -> FramePattern | None:
        """The pattern of the output's files if the output is an image sequence, else ``None``."""
        return read_pattern(_SEPARATOR.split(self.output_file)[-1])


class JobSpec(_Model):
    """One job. ``chunks`` are in playing order; frame ranges need not start at 0.

    ``progress_pattern`` is our addition: a regular expression with a group named ``frame`` (frames done
    in this chunk) and optionally ``total``, for renderers whose output we do not recognise.

    An empty or blank ``merge_command`` means the same as an absent one, as it does for Helios.
    """

    id: Label | None = None
    name: Label | None = None
    assets_url: Annotated[str, Field(max_length=_LONGEST_PATH)] | None = None
    metadata: JobMetadata
    chunks: Annotated[tuple[RenderChunk, ...], Field(min_length=1)]
    merge_command: Annotated[str, Field(max_length=_LONGEST_MERGE)] | None = None
    output_file: str | None = None
    progress_pattern: str | None = None

    @property
    def renders_frames(self) -> bool:
        """Whether the chunks' outputs are image sequences. Either all are, or none is."""
        return self.chunks[0].pattern is not None

    @field_validator("merge_command")
    @classmethod
    def _blank_is_none(cls, text: str | None) -> str | None:
        return text if text and text.strip() else None

    def to_json(self) -> str:
        """Return the job file's text: camelCase, unknown keys included (null ones too), absent keys left out."""
        return self.model_dump_json(by_alias=True, exclude_unset=True, indent=2) + "\n"

    def chunk(self, chunk_id: int) -> RenderChunk:
        """Return the chunk of that id.

        Raises:
            KeyError: The job has no such chunk.
        """
        for chunk in self.chunks:
            if chunk.id == chunk_id:
                return chunk
        raise KeyError(chunk_id)
