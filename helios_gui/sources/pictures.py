"""Image sequences, in a folder or as one of their pictures: what they are, and the jobs that make videos of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from helios_gui.jobfile.frame_list import list_of
from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.media.frame_files import LINEAR, check_frames, frames_in_words
from helios_gui.media.linear_light import shown_filters
from helios_gui.media.numbered_pictures import FoundSequence, find_sequences, sequence_of
from helios_gui.media.picture_heads import Size, SizeRun, find_size_runs, sizes_among
from helios_gui.media.presets import Preset, read_presets
from helios_gui.media.screen_colours import OTHER_COLOURS, why_not_for_screens
from helios_gui.media.self_contained import input_limits
from helios_gui.sources.chunks import ChunkBounds, command_template, without_placeholders
from helios_gui.sources.encoders import OPAQUE, encoder_of
from helios_gui.sources.frame_presets import frame_encoding
from helios_gui.sources.job_paths import free_output, named_in_job
from helios_gui.sources.media_process import in_process
from helios_gui.sources.source import JobRequest, Report, SourceFacts, SourceFormat, SourceKind
from helios_gui.sources.usual_values import USUAL_FPS
from helios_gui.sources.wanted_frames import has_gaps, has_steps, listed_ranges
from helios_gui.transcode.encoder import other_size
from helios_gui.translation import tr
from helios_gui.types import JobSpec, StreamInfo, UserInputError, VerificationError
from helios_gui.types.frame_rate import WrittenRate
from helios_gui.types.sequences import frame_files, read_pattern
from helios_gui.web.ffmpeg_call import call_ffmpeg

_CHUNKS = ChunkBounds(fewest=50, most=1_000)
"""Frames are only checked and linked in chunks; they are encoded once, when the video is made."""

_MOST_NAMES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesRequest(JobRequest):
    """An image sequence that becomes a video.

    Attributes:
        codec: A name in ``ENCODERS``; by default the usual one of the output's suffix.
        preset: The name of a preset for videos, instead of ``codec``.
    """

    codec: str = ""
    preset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesFacts(SourceFacts):
    """What a sequence is.

    Attributes:
        pattern: The path of its files, with the pattern in its name.
        there: The frames that are there.
        picture: What the first frame is.
        sizes: How large frames say to be, as ``find_size_runs`` finds it.
    """

    pattern: Path
    there: tuple[range, ...]
    picture: StreamInfo = field(repr=False)
    sizes: tuple[SizeRun, ...] = ()


class PicturesKind(SourceKind[PicturesRequest, PicturesFacts]):
    """Image sequences. Each frame is checked, and all are encoded once."""

    request_type = PicturesRequest

    @property
    def reading(self) -> str:
        """What happens while a sequence is read."""
        return tr("Its frames are counted.")

    def title(self, source: Path) -> str:
        """Return the name of the folder, or that of the pictures without the frame's number; see the base class."""
        if source.is_dir():
            return source.name
        return source.stem.rstrip("0123456789").rstrip(" ._-") or source.absolute().parent.name or source.stem

    def formats(self, facts: PicturesFacts) -> Sequence[SourceFormat]:
        """Return the usual videos; one with transparency first where the first frame has it. See the base class."""
        plain = (
            SourceFormat("h264", tr("H.264 (MP4)"), ".mp4", {"codec": ""}),
            SourceFormat("h265", tr("H.265 (MP4)"), ".mp4", {"codec": "h265"}),
            SourceFormat("prores", tr("ProRes (MOV)"), ".mov", {"codec": "prores"}),
            SourceFormat("vp9", tr("VP9 (WebM)"), ".webm", {"codec": "vp9"}),
        )
        return (plain[2], plain[3], *plain[:2]) if facts.picture.alpha else plain

    async def read(self, request: PicturesRequest, report: Report) -> PicturesFacts:
        """Find the sequence and look at its first frame. See ``SourceKind.read``."""
        found, folder = await asyncio.to_thread(_find_sequence, request.source)
        first, last = found.frames[0], found.frames[-1]
        pattern = folder / str(found.pattern)
        picture = await _first_picture(pattern, first)
        if fault := why_not_for_screens(picture):
            raise UserInputError(fault, tr(OTHER_COLOURS))
        ranges = tuple(found.ranges)
        sizes = await in_process(partial(find_size_runs, ranges), pattern)
        notes = []
        if len(ranges) > 1:
            gone = sorted(set(range(first, last + 1)).difference(found.frames))
            notes.append(tr("Frames are not there: {frames}.", frames=frames_in_words(gone)))
        if picture.colour.transfer == LINEAR:
            notes.append(tr("Their linear light is brought to BT.709 by its transfer curve, and cut off above 1."))
        return PicturesFacts(
            width=picture.width,
            height=picture.height,
            first_frame=first,
            frames=len(found.frames),
            frame_list=list_of(ranges) if len(ranges) > 1 else "",
            notes=tuple(notes),
            pattern=pattern,
            there=ranges,
            picture=picture,
            sizes=sizes,
        )

    def notes(self, request: PicturesRequest, facts: PicturesFacts, job: Path) -> Sequence[str]:
        """Say what is assumed, and what is not kept. See ``SourceKind.notes``."""
        notes = list(facts.notes)
        if request.fps is None:
            notes.append(tr("Pictures do not say their rate: {rate} frames per second are assumed.", rate=USUAL_FPS))
        listed = listed_ranges(request)
        if listed and has_gaps(listed):
            frames = request.frame_list
            notes.append(tr("The frames {frames} follow one another; those between them are left out.", frames=frames))
        if facts.picture.alpha and _is_opaque(request, job.parent):
            notes.append(tr("The pictures are transparent; in the video they lie on black."))
        return notes

    def plan(self, request: PicturesRequest, facts: PicturesFacts, job: Path) -> JobSpec:
        """Plan chunks that each check some of the frames, and one video of all. See ``SourceKind.plan``."""
        fps = request.fps or USUAL_FPS
        ranges = _ranges(request, facts)
        size = _size_of_all(facts, ranges)
        if (request.width or size[0], request.height or size[1]) != size:
            raise UserInputError(
                tr("Pictures keep their size, which is {width} × {height}.", width=size[0], height=size[1]),
                tr("Leave the size as it is."),
            )
        total = sum(map(len, ranges))
        preset = _preset_of(request, job.parent)
        encoder, suffix = encoder_of(request.codec, ".mov" if facts.picture.alpha else ".mp4")
        output = request.output or free_output(job, preset.suffixes[0] if preset else suffix)
        stem = without_placeholders(file_stem(job.name))
        return plan_job(
            PlanRequest(
                command=command_template("link-frames", [], has_step=has_steps(ranges)),
                fps=WrittenRate(f"{fps.numerator}/{fps.denominator}"),
                width=size[0],
                height=size[1],
                frames=list_of(ranges),
                chunk_size=request.chunk_size,
                chunk_count=None if request.chunk_size else _CHUNKS.chunk_count(total, request.processors),
                input=named_in_job(facts.pattern, job.parent),
                chunk_output=f".{stem}_frames/{'#' * max(2, _digits(ranges))}{facts.pattern.suffix}",
                output=output,
                name=file_stem(job.name),
                job_dir=job.parent,
                video_codec=encoder,
                frame_encoding=frame_encoding(preset, output, size) if preset else None,
            )
        )

    async def still(
        self, request: PicturesRequest, facts: PicturesFacts, frame: int, picture: Path, report: Report
    ) -> None:
        """Show a frame as players will. See ``SourceKind.still``."""
        (file,) = frame_files(facts.pattern, range(frame, frame + 1))
        if not await asyncio.to_thread(file.exists):
            raise UserInputError(tr("Frame {frame} is not there.", frame=frame), tr("Choose another one."))
        is_linear = facts.picture.colour.transfer == LINEAR
        shown = ("-vf", shown_filters(facts.picture.pixel_format)) if is_linear else ()
        arguments = ["-i", f"file:{file}", "-frames:v", "1", *shown, "-pix_fmt", "rgb24", f"file:{picture}"]
        await call_ffmpeg([*input_limits(), *arguments], tr("reading frame {frame}", frame=frame))


def _preset_of(request: PicturesRequest, folder: Path) -> Preset | None:
    """Return the preset that is wanted, if one is.

    Args:
        request: What is wanted.
        folder: That of the job, whose own presets go before others.

    Raises:
        UserInputError: There is no such preset, or it is not for videos; or a codec is named, too.
    """
    if not request.preset:
        return None
    if request.codec:
        raise UserInputError(tr("--codec and --preset say the same."), tr("Leave out one of them."))
    preset = read_presets(folder).get(request.preset).preset
    if "video" not in preset.kinds:
        raise UserInputError(
            tr("The preset {preset} is not for videos.", preset=preset.name), tr("Choose another one.")
        )
    return preset


def _is_opaque(request: PicturesRequest, folder: Path) -> bool:
    """Return whether the video keeps no transparency."""
    preset = _preset_of(request, folder)
    if preset is not None:
        return preset.encoding.transparent is None
    suffix = Path(request.output).suffix.lower()
    return request.codec in OPAQUE or (not request.codec and suffix in ("", ".mp4"))


async def _first_picture(pattern: Path, first: int) -> StreamInfo:
    try:
        return await in_process(partial(check_frames, range(first, first + 1)), pattern)
    except VerificationError as error:  # whose advice is for pictures that a chunk has rendered
        raise UserInputError(
            str(error),
            tr("Look whether another program shows the picture, then save all of them as RGB pictures, such as PNG."),
        ) from error


def _find_sequence(source: Path) -> tuple[FoundSequence, Path]:
    """Return the sequence of a source, and its folder.

    Raises:
        UserInputError: There is none, there are several, or its name reads like a pattern in two places.
    """
    found, folder = _locate_frames(source)
    if read_pattern(str(found.pattern)) != found.pattern:
        raise UserInputError(
            tr("The name {name} has a second place that reads like a frame's number.", name=found.pattern),
            tr("Rename the pictures: leave ##, %d and {frame} to the number.", frame="{frame}"),
        )
    return found, folder


def _locate_frames(source: Path) -> tuple[FoundSequence, Path]:
    try:
        if not source.is_dir():
            one = sequence_of(source)
            if one is None and read_pattern(source.name) is not None:
                raise UserInputError(
                    tr("There are no pictures named {name}.", name=source.name),
                    tr("Write as many # as the frames' numbers have digits, or give one of the pictures."),
                )
            if one is None:
                raise UserInputError(
                    tr("{name} is no frame of an image sequence.", name=source.name),
                    tr("Give one whose name ends in its number."),
                )
            return one, source.parent
        found = [one for one in find_sequences(source) if len(one.frames) > 1]
    except OSError as error:
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=source, reason=error.strerror or error), tr("Correct its path.")
        ) from error
    if not found:
        raise UserInputError(
            tr("{folder} has no image sequence.", folder=source.name),
            tr("Put pictures into it whose names differ in a number alone, such as shot_0001.png."),
        )
    if len(found) > 1:
        names = ", ".join(str(one.pattern) for one in found[:_MOST_NAMES])
        raise UserInputError(
            tr("{folder} has several image sequences: {names}.", folder=source.name, names=names),
            tr("Choose one picture of the sequence that is meant."),
        )
    return found[0], source


def _ranges(request: PicturesRequest, facts: PicturesFacts) -> list[range]:
    """Return the frames of the video.

    Raises:
        UserInputError: Some of them are not there.
    """
    wanted = listed_ranges(request)
    if not wanted:
        first = facts.first_frame if request.first_frame is None else request.first_frame
        count = request.frames
        if count is None and request.seconds is not None:
            count = max(1, round(request.seconds * (request.fps or USUAL_FPS)))
        wanted = [range(first, facts.there[-1].stop if count is None else first + count)]
    there = {frame for one in facts.there for frame in one}
    gone = [frame for one in wanted for frame in one if frame not in there]
    if gone or not wanted[0]:
        raise UserInputError(
            tr("Frames are not there: {frames}.", frames=frames_in_words(gone[:100_000]) or wanted[0].start),
            tr("Render them, or leave them out: {frames} are there.", frames=list_of(facts.there)),
        )
    return wanted


def _size_of_all(facts: PicturesFacts, ranges: Sequence[range]) -> Size:
    """Return the size of the frames that are wanted.

    Raises:
        UserInputError: They do not all have one.
    """
    found = sizes_among(facts.sizes, ranges)
    for other in found[1:]:
        if other.size != found[0].size:
            first = replace(facts.picture, width=found[0].size[0], height=found[0].size[1])
            raise UserInputError(*other_size(first, other.first, *other.size))
    return found[0].size if found else (facts.width or 1, facts.height or 1)


def _digits(ranges: Sequence[range]) -> int:
    return max(4, len(str(ranges[-1][-1])))
