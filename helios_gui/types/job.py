"""The job file as data: what is rendered, in which chunks, by which commands.

The camelCase JSON that Helios writes with ``--emit-job`` maps onto these models unchanged; keys we do not
know are kept. Reading a file, with every rule that spans several fields, is ``jobfile.job_files``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_serializer,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from helios_gui.translation import mark
from helios_gui.types.frame_rate import HIGHEST_RATE, LOWEST_RATE, WrittenRate, exact_rate
from helios_gui.types.sequences import FramePattern, read_pattern

_MOST = 2**31 - 1  # what frame numbers, ids and pixels are in every container, database and renderer

_SEPARATOR = re.compile(r"[/\\]")

_LONGEST_LABEL = 1_000
_LONGEST_PATH = 4_096
_LONGEST_COMMAND = 1_000_000
_LONGEST_MERGE = 4_000_000  # it may name every chunk of the largest job
"""Characters: no system runs longer commands or has longer paths."""

_MOST_INPUT_FILES = 100_000
_LONGEST_FRAME_LIST = 200_000

FrameIndex = Annotated[int, Field(ge=0, le=_MOST, strict=True)]
FrameCount = Annotated[int, Field(ge=1, le=_MOST, strict=True)]
Label = Annotated[str, Field(max_length=_LONGEST_LABEL)]
FilePath = Annotated[str, Field(min_length=1, max_length=_LONGEST_PATH)]
Pixels = Annotated[int, Field(ge=1, le=_MOST, strict=True)]
EncoderWord = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\w[\w.-]*$")]


def _read_rate(value: object, handler: ValidatorFunctionWrapHandler) -> float:
    """Return the rate of a job file, which is a number or, to be exact, text."""
    if isinstance(value, str):
        try:
            return WrittenRate(value)
        except ValueError as error:
            raise PydanticCustomError("frame_rate", mark("must be a rate such as 30 or “24000/1001”")) from error
    return value if isinstance(value, WrittenRate) else handler(value)


class _Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        allow_inf_nan=False,
        defer_build=True,  # until the first job file: the window is shown before
    )


class JobMetadata(_Model):
    """Size and pace of the finished video: frames, frames per second, pixels, seconds.

    ``fps`` may be text in the file, such as ``"24000/1001"``; ``rate`` is exact.
    """

    total_frames: FrameCount
    fps: Annotated[float, Field(ge=float(LOWEST_RATE), le=HIGHEST_RATE, strict=True), WrapValidator(_read_rate)]
    width: Pixels
    height: Pixels
    duration: Annotated[float, Field(ge=0, strict=True)] | None = None

    @property
    def rate(self) -> Fraction:
        """Frames per second as an exact ratio; 29.97 and its relatives become n·1000/1001."""
        return exact_rate(self.fps)

    @field_serializer("fps")
    def _write_rate(self, fps: float) -> float | str:
        return fps.text if isinstance(fps, WrittenRate) else fps


class RenderChunk(_Model):
    """A range of frames with its own command and output file (relative to the job file).

    ``frame_step`` is our addition: chunks that write image sequences, or whose job has a frame list, may leave out
    frames between those they render.
    """

    id: Annotated[int, Field(ge=0, le=_MOST, strict=True)]
    start_frame: FrameIndex
    frame_count: FrameCount
    frame_step: FrameCount = 1
    output_file: FilePath
    command: Annotated[str, Field(min_length=1, max_length=_LONGEST_COMMAND)]

    @property
    def end_frame(self) -> int:
        """The last frame of the range, inclusive."""
        return self.start_frame + (self.frame_count - 1) * self.frame_step

    @property
    def frames(self) -> range:
        """The numbers of the frames."""
        return range(self.start_frame, self.start_frame + self.frame_count * self.frame_step, self.frame_step)

    @property
    def pattern(self) -> FramePattern | None:
        """The pattern of the output's files if the output is an image sequence, else ``None``."""
        return read_pattern(_SEPARATOR.split(self.output_file)[-1])


class TracksFrom(_Model):
    """Our addition: a file from which the finished video takes all but its pictures.

    These are its sounds, subtitles, chapters, attached files, tags and timecode, at the times they have beside the
    frames that the chunks hold: frame numbers are those of this file. Sounds that the finished video's container does
    not take, or that are cut, are encoded as ``audio_codec``, with ``audio_bit_rate`` kbit/s for each channel.

    Of a .blend, it is the sound of ``scene``, or of the one that it opens with.
    """

    file: FilePath
    scene: Label = ""
    audio_codec: Annotated[str, Field(max_length=100, pattern=r"^[\w.-]*$")] = ""
    audio_bit_rate: Annotated[int, Field(ge=6, le=1_000, strict=True)] | None = None


class FrameEncoding(_Model):
    """Our addition: how frames become the finished video, of a job whose chunks write image sequences.

    Names are FFmpeg's. The first of ``pixel_formats`` is taken that has all bits of the frames. Transparent frames stay
    so where ``transparent_formats`` are given; ``transparent_options`` are added then. ``tag`` names the codec in MP4
    and QuickTime files.
    """

    encoder: EncoderWord
    pixel_formats: Annotated[tuple[EncoderWord, ...], Field(min_length=1, max_length=100)]
    options: Mapping[EncoderWord, str | int | float] = {}
    tag: Annotated[str, Field(pattern=r"^[ -~]{4}$")] | None = None
    transparent_formats: Annotated[tuple[EncoderWord, ...], Field(max_length=100)] = ()
    transparent_options: Mapping[EncoderWord, str | int | float] = {}


class JobSpec(_Model):
    """One job. ``chunks`` are in playing order; frame ranges need not start at 0.

    ``progress_pattern`` is our addition: a regular expression with a group named ``frame`` (frames done
    in this chunk) and optionally ``total``, for renderers whose output we do not recognise.

    ``input_files`` is another one: files that the commands read and do not name, relative to the job file, so that
    those which are not uploaded can be said before.

    ``frame_encoding`` says how frames are encoded, instead of a merge command.

    ``frame_list`` is one, too: the frames of the chunks as a list such as ``1-20,40,60-90x2``. Chunks that write videos
    may have gaps between them, and steps, only where it says the same frames.

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
    tracks_from: TracksFrom | None = None
    frame_encoding: FrameEncoding | None = None
    frame_list: Annotated[str, Field(max_length=_LONGEST_FRAME_LIST)] | None = None
    input_files: Annotated[tuple[FilePath, ...], Field(max_length=_MOST_INPUT_FILES)] | None = None

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
