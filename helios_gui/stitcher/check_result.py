"""Is the stitched file what it should be? Asked before it takes the output's place."""

from __future__ import annotations

from fractions import Fraction

from helios_gui.stitcher.compare import rate_text
from helios_gui.stitcher.plan import StitchPlan
from helios_gui.types import MediaInfo, StitchError, StreamInfo

_CODEC_BLOCKS = 2  # of silence a lossy codec may add before and after, where the container cannot hide it
_LARGEST_BLOCK = 1152  # samples in one MP3 block; AAC has 1024, Opus 960
_AGAIN = "No chunk was harmed. Stitch again; if it stays so, let the stitcher encode the chunks anew."


def check_result(info: MediaInfo, plan: StitchPlan, frames: int) -> None:
    """Raise ``StitchError`` unless ``info`` has exactly ``frames`` frames, their time, and sound to match."""
    if info.frames != frames or info.video is None:
        raise StitchError(f"The stitched file has {info.frames} frames instead of {frames}.", _AGAIN)
    length = float(frames / plan.rate)
    frame = float(1 / plan.rate)
    if info.video.duration is None or abs(info.video.duration - length) > frame / 2:
        raise StitchError(
            f"The stitched file lasts {_seconds(info.video)} instead of {length:.3f} s at {rate_text(plan.rate)} fps.",
            _AGAIN,
        )
    if plan.sound is None:
        return
    if info.audio is None:
        raise StitchError("The stitched file has no sound although the chunks have.", _AGAIN)
    vague = Fraction(_CODEC_BLOCKS * _LARGEST_BLOCK, info.audio.sample_rate or 48_000)
    if info.audio.duration is None or abs(info.audio.duration - length) > frame + vague:
        raise StitchError(f"The stitched file's sound lasts {_seconds(info.audio)}, its video {length:.3f} s.", _AGAIN)


def _seconds(stream: StreamInfo) -> str:
    return "an unknown time" if stream.duration is None else f"{stream.duration:.3f} s"
