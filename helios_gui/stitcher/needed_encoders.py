"""Which of FFmpeg's encoders a video will take, so that an ffmpeg is chosen that has them."""

from __future__ import annotations

from helios_gui.jobfile.merge_command import replaceable_merge
from helios_gui.stitcher import codecs
from helios_gui.stitcher.plan import StitchPlan
from helios_gui.types import JobSpec, StitchOptions


def asked_encoders(spec: JobSpec) -> list[str]:
    """Return the encoders of the picture that a job is sure to take; others are only known from its chunks."""
    if spec.frame_encoding is not None:
        return [spec.frame_encoding.encoder]
    merge = replaceable_merge(spec)
    return [] if merge is None or codecs.is_copy(merge.video_codec) else [codecs.asked_encoder(merge.video_codec)]


def planned_encoders(plan: StitchPlan) -> list[str]:
    """Return the encoders of the picture and of the first sound."""
    sound = codecs.audio_options(plan.audio_codec, plan.sound) if plan.audio_codec and plan.sound else {}
    return [name for name in (plan.video_encoder, sound.get("c:a", "")) if name]


def frames_encoder(options: StitchOptions, suffix: str, *, alpha: bool = False) -> str:
    """Return the encoder that makes a video of frames, transparent ones where ``alpha``, in a file of ``suffix``."""
    if options.frame_encoding is not None:
        return options.frame_encoding.encoder
    if codecs.is_copy(options.video_codec):
        return codecs.video_encoder("h264", suffix, alpha=alpha)
    return codecs.asked_encoder(options.video_codec)
