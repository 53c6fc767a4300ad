"""All but the pictures of a video that was encoded in chunks: taken from its source once, in time with the frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

from helios_gui.stitcher import codecs
from helios_gui.stitcher.carry import StitchTools
from helios_gui.stitcher.extra_tracks import takes_track
from helios_gui.stitcher.extras import (
    MATROSKA,
    Extras,
    ExtraTrack,
    TrackLabel,
    TrackSegment,
    attachments_of,
    cover_tracks,
    covers_as_files,
    label_of,
    shared_tags,
)
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, PROGRESS_FLAGS, run_ffmpeg
from helios_gui.stitcher.properties import streams_of
from helios_gui.stitcher.result_check import AGAIN
from helios_gui.stitcher.sound_check import SYNC, wrong_length, wrong_start
from helios_gui.stitcher.sound_fit import sound_start
from helios_gui.stitcher.source_film import SourceFilm
from helios_gui.stitcher.timecodes import later_timecode
from helios_gui.translation import localized, tr
from helios_gui.types import Chapter, MediaInfo, StitchError, StreamInfo

_KEPT_TAGS = ("creation_time",)
"""Tags that muxers write, but that say something of a source."""
_MOVES_TRACKS = MATROSKA | {".webm"}
_SHORTER = 0.15
"""Seconds by which a sound may be shorter or longer: codecs have blocks."""
_LONGEST_LEAD_IN, _LONGEST_OF_OPUS, _LONGEST_OF_HE_AAC = 2_112, 3_840, 5_186
"""Samples that encoders put before a sound, Apple's of AAC most. What is more, an edit list leaves out."""


def source_extras(film: SourceFilm, rate: Fraction, suffix: str) -> Extras:
    """Return all that belongs beside the frames into a file of ``suffix``, and notes about what of it cannot be cut."""
    info, notes = film.info, list[str]()
    kinds = known_sounds(info), streams_of(info, "subtitle"), streams_of(info, "data")
    tracks = [
        ExtraTrack(stream, place, (_track_segment(film, stream),), label_of([stream]), stream.index)
        for streams in kinds
        for place, stream in enumerate(streams)
    ]
    for place, stream in enumerate(info.of_kind("audio")):
        if stream not in kinds[0]:
            name = ExtraTrack(stream, place, (), label_of([stream])).name
            notes.append(tr("left out, as FFmpeg does not know its codec: {track}", track=name))
    further = streams_of(info, "video")[1:]
    if film.is_whole:
        tracks += [
            ExtraTrack(stream, place, (_track_segment(film, stream),), label_of([stream]), stream.index)
            for place, stream in enumerate(further, 1)
        ]
    elif further:
        notes.append(tr("further video tracks were left out, as they cannot be cut without encoding them"))
    attachments = attachments_of([info])
    if suffix in MATROSKA:
        attachments += covers_as_files(info)
    else:
        tracks += cover_tracks(info)
    tags, _ = shared_tags([info.tags])
    tags |= {name: info.tags[name] for name in _KEPT_TAGS if name in info.tags}
    timecode = later_timecode(info.timecode, film.first, rate) if info.timecode else ""
    picture = label_of([info.video]) if info.video else TrackLabel()
    if timecode:
        picture = replace(picture, tags={**picture.tags, "timecode": timecode})
    return Extras(
        picture=picture,
        tracks=tuple(tracks),
        attachments=tuple(attachments),
        chapters=tuple(_chapters(film)),
        tags=tags | ({"timecode": timecode} if timecode and suffix == ".mxf" else {}),
        timecode=timecode,
        notes=tuple(notes),
    )


def known_sounds(info: MediaInfo) -> tuple[StreamInfo, ...]:
    """Return the sounds of a file but for those whose codec FFmpeg does not know, such as Apple's of spatial audio."""
    return tuple(stream for stream in info.of_kind("audio") if stream.codec)


def _track_segment(film: SourceFilm, stream: StreamInfo) -> TrackSegment:
    length = None if film.is_whole else film.seconds
    return TrackSegment(film.info.path.absolute(), stream.index, -film.begin, length=length)


def _chapters(film: SourceFilm) -> Iterator[Chapter]:
    for each in film.info.chapters:
        start, end = max(Fraction(0), each.start - film.begin), min(film.seconds, each.end - film.begin)
        if end > start:
            yield Chapter(start, end, each.title)


def beside_sounds(film: SourceFilm, extras: Extras, suffix: str) -> Extras:
    """Return the extras with chapters moved as Matroska moves all tracks where one begins before the first frame."""
    if suffix not in _MOVES_TRACKS or not extras.chapters:
        return extras
    early = max(_before_first_frame(film, extras, suffix), default=Fraction(0))
    if early <= 0:
        return extras
    chapters = (
        replace(each, start=each.start and each.start + early, end=each.end + early) for each in extras.chapters
    )
    return replace(extras, chapters=tuple(chapters))


def _before_first_frame(film: SourceFilm, extras: Extras, suffix: str) -> Iterator[Fraction]:
    """Yield how many seconds before the first frame each track begins."""
    for track in extras.tracks:
        stream = track.stream
        if track.pieces[0].path == film.info.path.absolute():
            start = _stored_start(stream, film.info)
            if start is not None:
                yield film.begin - start
        elif stream.kind == "audio" and track.pieces[0].path.suffix == ".mov":  # see ``StitchTools.sound_file``
            yield codecs.heard_lead_in(stream.codec, stream.sample_rate, suffix)


def _stored_start(stream: StreamInfo, source: MediaInfo) -> Fraction | None:
    """Return when a stream of ``source`` begins where Matroska stores beside it how much decoders leave out.

    That is known of Opus, and of other sounds from Matroska.
    """
    if stream.start is None or not (stream.codec == "opus" or "matroska" in source.container):
        return stream.start
    return stream.start + Fraction(stream.lead_in, stream.sample_rate or 1)


async def source_sound(film: SourceFilm, suffix: str, tools: StitchTools, track: ExtraTrack) -> ExtraTrack:
    """Return a sound of the source as it is where the container takes it and it is not cut; else encoded anew.

    Raises:
        StitchError: It cannot be decoded or encoded.
    """
    sound = track.stream
    if _may_stay(film, sound, suffix):
        trial = tools.folder / f"sound_{track.place}_trial{suffix}"
        if await tools.isolated(partial(takes_track, track), trial):
            return track
    codec = codecs.audio_codec_for(film.wish.audio_codec, sound.codec, suffix)
    made = await tools.sound_file(f"sound_{track.place}", codec, sound.sample_rate, suffix)
    silence, lead = codecs.lead_in_of(codec, suffix)
    command = [str(tools.ffmpeg), *COMMON_FLAGS, *PROGRESS_FLAGS, "-copyts", "-i", f"file:{film.info.path.absolute()}"]
    command += ["-map", f"0:{sound.index}", "-af", _filters(film, sound, codec, silence), "-map_metadata", "-1"]
    options = dict(codecs.audio_options(codec, sound, suffix))
    if film.wish.audio_bit_rate and "b:a" in options:
        options["b:a"] = f"{film.wish.audio_bit_rate * sound.channels}k"
    command += [part for name, value in options.items() for part in (f"-{name}", value)]
    await run_ffmpeg([*command, f"file:{made}"], tools.folder, tr("encoding the sound"))
    stream = replace(sound, codec=_codec_of(codec))
    return replace(track, stream=stream, pieces=(TrackSegment(made, 0, lead=lead),))


def source_encoders(film: SourceFilm, suffix: str) -> list[str]:
    """Return the encoders that the source's sounds are sure to take on their way into a file of ``suffix``."""
    wish = film.wish.audio_codec
    return [
        codecs.audio_encoder(codecs.audio_codec_for(wish, sound.codec, suffix))
        for sound in known_sounds(film.info)
        if suffix not in codecs.SILENT and not _may_stay(film, sound, suffix)
    ]


def _may_stay(film: SourceFilm, sound: StreamInfo, suffix: str) -> bool:
    """Return whether a sound of the source may be copied into a file of ``suffix``."""
    is_copied = film.is_whole and codecs.copies_sound(sound.codec, suffix)
    return is_copied and not codecs.is_untimed(suffix) and not _would_be_heard(sound, suffix)


def _would_be_heard(sound: StreamInfo, suffix: str) -> bool:
    """Return whether a file of ``suffix`` would play what an edit list leaves out before the sound."""
    if codecs.is_lossless_audio(sound.codec):
        usual = 0
    elif sound.codec == "opus":
        usual = _LONGEST_OF_OPUS
    else:
        usual = _LONGEST_OF_HE_AAC if "HE" in sound.profile else _LONGEST_LEAD_IN
    return suffix not in codecs.MOV_FAMILY and sound.lead_in > usual


def _codec_of(encoder: str) -> str:
    import av

    return str(av.Codec(encoder, "w").canonical_name)


def _filters(film: SourceFilm, sound: StreamInfo, codec: str, silence: int) -> str:
    """Return the filters that begin a sound with the first frame, and fill its gaps."""
    begin = film.begin
    filters = [f"asetpts=PTS-({begin.numerator}/{begin.denominator})/TB"]
    end = "" if film.is_whole else f":end={float(film.seconds):.9f}"
    filters += [f"atrim=start=0{end}", f"aresample={sound.sample_rate}:async=1:first_pts=0"]
    layout = codecs.layout_for(codec, sound.layout)
    filters += [f"aformat=channel_layouts={layout}"] if layout else []
    filters += [f"adelay={silence}S:all=1"] if silence else []
    return ",".join(filters)


def check_source_sounds(film: SourceFilm, extras: Extras, made: MediaInfo) -> None:
    """Raise ``StitchError`` unless all sounds are there, begin when they should and are as long as in the source."""
    wanted = [track for track in extras.tracks if track.stream.kind == "audio"]
    found = made.of_kind("audio")
    if len(found) < len(wanted):
        raise StitchError(tr("The stitched file has no sound although the source has."), tr(AGAIN))
    originals = film.info.of_kind("audio")
    for track, sound in zip(wanted, found, strict=False):
        original = next(each for each in originals if each.index == track.origin)
        _check_sound(film, original, made, sound)


def early_sounds(film: SourceFilm, extras: Extras) -> Iterator[str]:
    """Say which sounds, as they were encoded anew, have lost what the source plays before its first frame."""
    if film.first:
        return
    for track in extras.tracks:
        sound = track.stream
        if sound.kind != "audio" or sound.start is None or track.pieces[0].path == film.info.path.absolute():
            continue
        early = float(film.begin - sound.start - Fraction(sound.lead_in, sound.sample_rate or 1))
        if early > SYNC:
            yield tr("{track} had {seconds:.2f} s before the first frame, which were left out", track=track.name,
                     seconds=early)  # fmt: skip


def _check_sound(film: SourceFilm, original: StreamInfo, made: MediaInfo, sound: StreamInfo) -> None:
    if original.duration is None or original.start is None or not original.packets:
        return
    # What an edit list leaves out, and the codec's lead-in, come before what is heard.
    start = float(original.start + Fraction(original.lead_in, original.sample_rate or 1) - film.begin)
    end = start + original.duration
    if not film.is_whole:
        end = min(end, float(film.seconds))
    start = max(0.0, start)
    found = max(0.0, sound_start(made, sound))
    if end <= start:
        return
    if abs(found - start) > SYNC:
        raise wrong_start(found, start)
    length = (sound.duration or 0.0) + min(0.0, sound_start(made, sound))
    if abs(length - (end - start)) > _SHORTER:
        raise wrong_length(localized(f"{length:.3f}") + " s", end - start)
