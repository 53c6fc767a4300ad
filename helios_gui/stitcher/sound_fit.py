"""Which samples of a chunk's decoded sound belong beside its frames."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from helios_gui.stitcher.codecs import LEAD_INS, is_lossless_audio
from helios_gui.types import MediaInfo, StreamInfo

_ROUNDING = 2
"""Samples by which a chunk's sound may miss its frames: its begin and its end are each rounded."""

_LONGEST_DELAY = Fraction(1, 20)
"""Seconds. Sound that fills its frames and begins by so much early or late was moved by a muxer (FFmpeg's moves the
picture by the delay of Opus, see ``avoid_negative_ts``): it belongs to its frames as it is."""

_DROPPED_BY_DECODERS = frozenset({"vorbis", "wmav1", "wmav2"})
"""Codecs whose first block only serves the second: FFmpeg's muxers count it, its decoders give nothing for it."""

_CUT_BY_ENCODERS = frozenset({"mp2", "ac3", "eac3"})
"""Codecs whose encoders put the lead-in before the sound and lose as much of its end."""

_UNTIMED = frozenset({"avi"})
"""Containers that keep no times of the sound: what an encoder put before it is played, and is known by its length."""

_WRITER = re.compile(r"Lavf(\d+)\.")
TELLS_LEAD_IN = 60
"""The libavformat, of FFmpeg 6, from which on Matroska tells what encoders put before and behind any sound, not Opus
alone; older ones decode such files with gaps."""


@dataclass(frozen=True, slots=True)
class SampleFit:
    """Samples: first ``silence``, then ``take`` of the decoded ones after leaving out ``skip``, then silence again."""

    silence: int
    skip: int
    take: int
    need: int

    @property
    def missing(self) -> int:
        """Samples of silence at the end."""
        return self.need - self.silence - self.take


@dataclass(frozen=True, slots=True)
class Timing:
    """When a chunk's decoded sound begins, in samples.

    Args:
        start: Its first sample's time, after the first frame's; before it, where negative.
        tick: By how much that may be wrong, as containers round times.
        lead_in: What the codec's usual encoder puts before the sound; 0 where it adds nothing, or nobody knows.
        timed: Whether ``start`` says anything.
        longest_delay: How far muxers move a sound that is complete.
        always_led: Whether ``lead_in`` is there even where the sound is too short for it to have been added.
    """

    start: int
    tick: int
    lead_in: int
    timed: bool
    longest_delay: int
    always_led: bool = False


def timing_of(info: MediaInfo, sound: StreamInfo, rate: int, *, keeps_lead_in: bool = False) -> Timing:
    """Return when ``sound``, a stream of ``info``, begins; in samples at ``rate`` (Hz).

    With ``keeps_lead_in`` it was decoded with the samples that the file asks to leave out.
    """
    picture = info.video
    tick = max([sound.time_base, picture.time_base] if picture is not None else [sound.time_base])
    scale = Fraction(rate, sound.sample_rate)
    kept = sound.lead_in if keeps_lead_in else 0
    start = sound_start(info, sound) - kept / sound.sample_rate
    lead_in = kept or (0 if sound.lead_in else LEAD_INS.get(sound.codec, 0))
    return Timing(
        start=round(start * rate),
        tick=round(min(tick, Fraction(1, 500)) * rate) + 1,
        lead_in=round(lead_in * scale),
        timed=info.container not in _UNTIMED,
        longest_delay=round(_LONGEST_DELAY * rate),
        always_led=sound.codec in _CUT_BY_ENCODERS,
    )


def sound_start(info: MediaInfo, sound: StreamInfo) -> float:
    """Return how many seconds after the first frame the sound begins, a stream of ``info``; negative: before it."""
    picture = info.video
    if picture is None or picture.start is None or sound.start is None:
        return 0.0
    start = sound.start + Fraction(sound.lead_in, sound.sample_rate) - picture.start
    if sound.codec in _DROPPED_BY_DECODERS and -_LONGEST_DELAY <= start < 0:
        return 0.0
    return float(start)


def fit_samples(decoded: int, need: int, timing: Timing) -> SampleFit:
    """Choose the ``need`` samples of ``decoded`` ones that belong to the frames.

    A difference that is mere rounding is let be: the result then needs what was decoded, and the next chunk the rest.
    """
    excess = decoded - need
    if abs(excess) <= _ROUNDING and abs(timing.start) <= timing.longest_delay:
        return SampleFit(0, 0, decoded, decoded)
    if timing.timed and timing.start > timing.tick:
        silence = min(timing.start, need)
        return SampleFit(silence, 0, min(decoded, need - silence), need)
    skip = min(decoded, _samples_before_frame(excess, timing))
    take = min(decoded - skip, need)
    if abs(decoded - skip - need) <= _ROUNDING:
        take = need = decoded - skip
    return SampleFit(0, skip, take, need)


def _samples_before_frame(excess: int, timing: Timing) -> int:
    """Return how many decoded samples come before the first frame; known amounts are better than rounded times."""
    if not timing.timed:
        return timing.lead_in if timing.lead_in <= excess or timing.always_led else 0
    early = max(0, -timing.start)
    if early <= timing.tick:
        return 0
    known = (timing.lead_in, excess)
    return next((amount for amount in known if amount > 0 and abs(early - amount) <= timing.tick), early)


def lies_ready(segments: Sequence[MediaInfo], rate: Fraction) -> bool:
    """Return whether the sounds, laid end to end as they are, take just the time of the frames (at ``rate``).

    A sample more or less per seam is rounding, as long as it does not add up to a frame. Lossy sounds never do: a
    codec adds to their begin and their end.
    """
    if not same_places(segments, "audio"):
        return False
    drift = 0.0
    for info in segments:
        sound = info.audio
        if sound is None or sound.duration is None or not is_lossless_audio(sound.codec):
            return False
        timing = timing_of(info, sound, sound.sample_rate)
        excess = sound.duration - float(info.frames / rate)
        drift += excess
        rounding = max(_ROUNDING * sound.time_base, Fraction(_ROUNDING, sound.sample_rate))
        if abs(timing.start) > timing.tick or abs(excess) > rounding or abs(drift) > 1 / rate:
            return False
    return True


def same_places(segments: Sequence[MediaInfo], kind: str) -> bool:
    """Return whether all first videos, or sounds, have one number in their files, as FFmpeg's lists of files ask."""
    firsts = [info.video if kind == "video" else info.audio for info in segments]
    return len({first.index for first in firsts if first is not None}) <= 1


def frame_samples(frames: list[int], rate: Fraction, sample_rate: int) -> list[int]:
    """Return at which sample each segment begins, and where the last ends; ``frames`` are each segment's frames."""
    done, bounds = 0, [0]
    for count in frames:
        done += count
        bounds.append(round(done * sample_rate / rate))
    return bounds


def oldest_reader(segments: Sequence[MediaInfo]) -> int:
    """Return the libavformat that whatever decodes the sound of ``segments`` must be as new as; 0 if any will do."""
    writers = (
        int(found[1])
        for info in segments
        if "matroska" in info.container and info.audio is not None and not is_lossless_audio(info.audio.codec)
        if (found := _WRITER.match(info.tags.get("encoder", "")))
    )
    return TELLS_LEAD_IN if any(writer >= TELLS_LEAD_IN for writer in writers) else 0
