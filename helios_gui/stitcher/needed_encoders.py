"""Which of FFmpeg's encoders a video will take, so that an ffmpeg is chosen that has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from helios_gui.jobfile.merge_command import replaceable_merge
from helios_gui.stitcher import codecs
from helios_gui.stitcher.plan import StitchPlan, further_audio_codec, stays_untouched
from helios_gui.stitcher.sound_fit import oldest_reader
from helios_gui.stitcher.source_tracks import source_encoders
from helios_gui.types import JobSpec, StitchOptions

_MENDED = 62
"""The libavformat of FFmpeg 8. Older ffmpegs say of pictures that they encode anew that they are still Dolby Vision,
and take the empty packet at the end of FLAC in .nut files for damage."""


def asked_encoders(spec: JobSpec) -> list[str]:
    """Return the encoders that a job asks for; others are only known from its chunks."""
    if spec.frame_encoding is not None:
        return [spec.frame_encoding.encoder]
    merge = replaceable_merge(spec)
    if merge is None:
        return []
    picture = [] if codecs.is_copy(merge.video_codec) else [codecs.asked_encoder(merge.video_codec)]
    suffix = PurePath(merge.output).suffix.lower()
    if codecs.is_copy(merge.audio_codec) or suffix in codecs.SILENT:
        return picture
    return [*picture, codecs.audio_encoder(codecs.audio_codec_for(merge.audio_codec, "", suffix))]


def planned_encoders(plan: StitchPlan) -> list[str]:
    """Return the encoders of the picture and of all sounds."""
    found = [plan.video_encoder]
    if plan.film is not None:
        found += source_encoders(plan.film, plan.suffix)
    elif plan.sound is not None:
        found += [codecs.audio_encoder(plan.audio_codec), *_further_encoders(plan)]
    return list(dict.fromkeys(filter(None, found)))


def _further_encoders(plan: StitchPlan) -> Iterator[str]:
    """Yield the encoders of the sounds that come after the first one of the chunks."""
    for sound in plan.segments[0].of_kind("audio")[1:]:
        codec = further_audio_codec(plan, sound)
        if not stays_untouched(plan.segments, sound, codec, plan.suffix):
            yield codecs.audio_encoder(codec)


def oldest_ffmpeg(plan: StitchPlan) -> int:
    """Return the libavformat that the ffmpeg which joins the chunks must be as new as; 0 if any will do."""
    loses_record = plan.video_encoder and any(info.video and info.video.dolby_vision for info in plan.segments)
    has_empty_sounds = any(
        info.container == "nut" and any(sound.codec == "flac" for sound in info.of_kind("audio"))
        for info in plan.segments
    )
    return max(oldest_reader(plan.segments), _MENDED if loses_record or has_empty_sounds else 0)


def frames_encoder(options: StitchOptions, suffix: str, *, alpha: bool = False) -> str:
    """Return the encoder that makes a video of frames, transparent ones where ``alpha``, in a file of ``suffix``."""
    if options.frame_encoding is not None:
        return options.frame_encoding.encoder
    if codecs.is_copy(options.video_codec):
        return codecs.video_encoder("h264", suffix, alpha=alpha)
    return codecs.asked_encoder(options.video_codec)
