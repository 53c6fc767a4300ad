"""Bring further tracks into a form that the result's container takes, and look whether all of them arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from helios_gui.media.ffmpeg import libavformat_of
from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher import codecs
from helios_gui.stitcher.extra_tracks import copy_track, takes_track
from helios_gui.stitcher.extras import MATROSKA, Extras, ExtraTrack, TrackSegment, not_held
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, PROGRESS_FLAGS, run_ffmpeg
from helios_gui.stitcher.join import Track, sound_command
from helios_gui.stitcher.plan import StitchPlan, further_audio_codec, stays_untouched
from helios_gui.stitcher.sound import SoundJob, assemble_sound
from helios_gui.stitcher.sound_fit import TELLS_LEAD_IN
from helios_gui.translation import tr
from helios_gui.types import StitchError, StreamInfo, UserInputError, VerificationError
from helios_gui.utils.work_threads import Stop, WorkThreads

_TEXTS = frozenset({"subrip", "ass", "ssa", "mov_text", "webvtt", "text"})
"""Subtitles that are text, which FFmpeg turns into each other."""

_ROUNDED_ASPECT = 0.02
"""Matroska keeps the shape of pixels as a size in whole pixels."""


@dataclass(frozen=True, slots=True)
class StitchTools:
    """What preparing takes: the program, a folder for unfinished files, threads, and processes that read media."""

    ffmpeg: Path
    folder: Path
    threads: WorkThreads
    reader: MediaReader

    async def isolated(self, work: Callable[[Path, Stop], bool | None], path: Path) -> bool | None:
        """Return ``work(path, stop)``, done in a process of its own; ``None`` where that process crashes."""
        try:
            return await self.threads.run(lambda stop: self.reader.read(work, path, stop))
        except VerificationError:
            return None

    async def sound_file(self, name: str, codec: str, sample_rate: int, suffix: str) -> Path:
        """Return the file in which a sound is made that goes beside frames into one of ``suffix``, to be heard in time.

        QuickTime files tell how much of it the encoder has put before it: beside the frames, that comes before the
        first one. Matroska of newer FFmpegs tells it too, and players leave it out; what other files tell is lost.
        """
        kept = codecs.sound_suffix(suffix, codec)
        if codecs.heard_lead_in(codec, sample_rate, suffix):
            is_told = suffix in MATROSKA and await self.threads.run(lambda stop: _tells_lead_in(self.ffmpeg))
            kept = kept if is_told else ".mov"
        return self.folder / f"{name}{kept}"


def _tells_lead_in(ffmpeg: Path) -> bool:
    with suppress(UserInputError):
        return libavformat_of(ffmpeg) >= TELLS_LEAD_IN
    return False


MakeSound = Callable[[ExtraTrack], Awaitable[ExtraTrack]]
"""Returns a track of sound as a file takes it."""


async def prepare_extras(
    suffix: str, wanted: Extras, tools: StitchTools, make_sound: MakeSound
) -> tuple[Extras, tuple[str, ...]]:
    """Return what of ``wanted`` a file of ``suffix`` takes, with subtitles and sounds turned into the kind it takes.

    Also return what it does not take, in words.

    Raises:
        StitchError: Sounds, or subtitles that should be turned into another kind, cannot be read.
    """
    tracks, notes, lost = list[ExtraTrack](), list(wanted.notes), list[str]()
    left_out: Counter[str] = Counter()
    for number, track in enumerate(wanted.tracks):
        ready = await make_sound(track) if track.stream.kind == "audio" else track
        found = await _fit_track(ready, tools, number, suffix)
        if found is None:
            lost.append(not_held(tr("the cover picture") if track.stream.is_cover else track.name, suffix))
            left_out[track.stream.kind] += not track.stream.is_cover
        else:
            tracks.append(replace(found, place=found.place - left_out[track.stream.kind]))
            if found.stream.codec != track.stream.codec:
                notes.append(
                    tr(
                        "{track} became {codec} (was {before})",
                        track=track.name,
                        codec=found.stream.codec,
                        before=track.stream.codec,
                    )
                )
    attachments = wanted.attachments if suffix in MATROSKA else ()
    return replace(wanted, tracks=tuple(tracks), attachments=attachments, notes=tuple(notes)), tuple(lost)


async def joined_sound(plan: StitchPlan, tools: StitchTools, track: ExtraTrack) -> ExtraTrack:
    """Return the track with all sounds in a file of its own, made as the first sound is; a lone one as it is."""
    sound = track.stream
    codec = further_audio_codec(plan, sound)
    if stays_untouched(plan.segments, sound, codec, plan.suffix):
        return track
    job = SoundJob(plan.segments, plan.rate, sound, track.place)
    raw = await assemble_sound(tools.ffmpeg, job, tools.folder, tools.threads)
    made = await tools.sound_file(f"sound_{track.place}", codec, sound.sample_rate, plan.suffix)
    source = Track((raw.path,), (plan.frames,), plan.rate, raw.input_options)
    alone = replace(plan, sound=sound, audio_codec=codec)
    command = sound_command(tools.ffmpeg, alone, source, plan.frames, tools.folder, made)
    await run_ffmpeg(command, tools.folder, tr("joining the chunks' sounds"))
    _, lead = codecs.lead_in_of(codec, plan.suffix)
    return replace(track, stream=replace(sound, codec=codec), pieces=(TrackSegment(made, 0, lead=lead),))


async def _fit_track(track: ExtraTrack, tools: StitchTools, number: int, suffix: str) -> ExtraTrack | None:
    """Return the track in a form that the container takes, if there is one."""
    if track.stream.is_cover and suffix not in codecs.MOV_FAMILY:
        return None  # it would become a second video
    trial = tools.folder / f"extra_{number}_trial{suffix}"
    if await tools.isolated(partial(takes_track, track), trial):
        return track
    if track.stream.codec not in _TEXTS:
        return None
    wanted = "mov_text" if suffix in codecs.MOV_FAMILY else "webvtt" if suffix == ".webm" else "subrip"
    other = await _converted(track, wanted, tools, number)
    return other if await tools.isolated(partial(takes_track, other), trial) else None


async def _converted(track: ExtraTrack, codec: str, tools: StitchTools, number: int) -> ExtraTrack:
    """Return the track with its subtitles turned into ``codec``, in a file of its own."""
    joined = tools.folder / f"extra_{number}_joined{_text_suffix(track.stream.codec)}"
    made = tools.folder / f"extra_{number}{_text_suffix(codec)}"
    await tools.isolated(partial(copy_track, track), joined)
    command = [str(tools.ffmpeg), *COMMON_FLAGS, *PROGRESS_FLAGS, "-copyts", "-i", f"file:{joined}"]
    command += ["-map", "0:s:0", "-c:s", codec, f"file:{made}"]
    await run_ffmpeg(command, tools.folder, tr("turning the subtitles into {codec}", codec=codec))
    return replace(track, stream=replace(track.stream, codec=codec), pieces=(TrackSegment(made, 0),))


def _text_suffix(codec: str) -> str:
    return ".mp4" if codec == "mov_text" else ".mkv"


def _other_name(codec: str, suffix: str, *, beside_alpha: bool) -> str:
    """Return the advice to choose a name whose kind of file holds how the pictures of ``codec`` are shown."""
    kinds = sorted(codecs.BESIDE_ALPHA) if beside_alpha else [".mov", ".mp4"]
    names = [kind for kind in kinds if kind != suffix and codecs.fits_container(codec, kind)]
    if names:
        return tr("Choose another output name ({names}).", names=" or ".join(names))
    return tr("Render the chunks again as they are to be seen, or with a codec that .mov files take.")


def lost_looks(picture: StreamInfo, made: StreamInfo, suffix: str) -> Iterator[str]:
    """Yield in words what the container lost of copied pictures; what would be seen at once is not let pass.

    Raises:
        StitchError: The picture would be shown another way round, stretched, or without its transparency.
    """
    seen = {
        tr("turned"): picture.display_matrix != made.display_matrix,
        tr("stretched"): abs(picture.sample_aspect / made.sample_aspect - 1) > _ROUNDED_ASPECT,
        tr("transparent"): picture.alpha and not made.alpha,
        tr("Dolby Vision"): picture.needs_dolby_vision and made.dolby_vision != picture.dolby_vision,
    }
    for word, lost in seen.items():
        if lost:
            raise StitchError(
                tr("A {suffix} file does not hold that the picture is {word}.", suffix=suffix, word=word),
                _other_name(picture.codec, suffix, beside_alpha=picture.alpha and not made.alpha),
            )
    told = {
        tr("the fields"): (picture.first_field, made.first_field),
        tr("the colour primaries"): (picture.colour.primaries, made.colour.primaries),
        tr("the colour transfer"): (picture.colour.transfer, made.colour.transfer),
        tr("the colour matrix"): (picture.colour.matrix, made.colour.matrix),
        tr("the colour range"): (picture.colour.range, made.colour.range),
        tr("the mastering display"): (picture.mastering, made.mastering),
        tr("the light levels"): (picture.light_level, made.light_level),
        tr("the 3D, 360° or colour profile"): (picture.projection, made.projection),
        tr("Dolby Vision"): (picture.dolby_vision, made.dolby_vision),
        tr("the dynamic HDR"): (", ".join(picture.dynamic_light), ", ".join(made.dynamic_light)),
        tr("the viewing environment"): (picture.ambient, made.ambient),
        tr("the crop"): (picture.cropped, made.cropped),
    }
    for what, (before, after) in told.items():
        if before and after != before and (before, after) != ("tv", ""):
            yield tr(
                "a {suffix} file does not hold {what} of the video ({before}); it was left out",
                suffix=suffix,
                what=what,
                before=before,
            )
