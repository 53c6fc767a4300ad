"""Whether the finished video's sound is all there, in time, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from helios_gui.stitcher import codecs
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS
from helios_gui.stitcher.plan import StitchPlan
from helios_gui.stitcher.result_check import AGAIN
from helios_gui.stitcher.sound_fit import sound_start
from helios_gui.translation import localized, tr
from helios_gui.types import MediaInfo, StitchError, StreamInfo

_CODEC_BLOCKS = 2  # of silence a lossy codec may add before and after, where the container cannot hide it
_LARGEST_BLOCK = 1152  # samples in one MP3 block; AAC has 1024, Opus 960
_TAKEN_WHERE_UNTOLD = frozenset({"mono", "stereo", "2.1", "4.0", "5.0", "5.1", "5.1(side)", "6.1", "7.1"})
"""Layouts that players take sounds of so many channels for (5.1 with the loudspeakers at the side is heard as with them
at the back)."""
SYNC = 0.06
"""Seconds by which the picture and its sound may part: muxers move one by the codec's delay of the other."""


def check_sound(info: MediaInfo, plan: StitchPlan, length: float) -> None:
    """Raise ``StitchError`` unless there is sound of ``length`` seconds where the chunks have sound."""
    if plan.sound is None:
        return
    if info.audio is None:
        raise StitchError(tr("The stitched file has no sound although the chunks have."), tr(AGAIN))
    _check_times(info, info.audio, plan, length)


def hearing_command(ffmpeg: Path, made: Path) -> list[str]:
    """Return FFmpeg's command that decodes the begin of each sound: some muxers leave out what its decoder needs.

    It is done by the program, as the library that looks at pictures cannot take all layouts of channels.
    """
    sounds = ["-map", "0:a", "-frames:a", "2", "-f", "null", "-"]
    return [str(ffmpeg), *COMMON_FLAGS, "-i", f"file:{made}", *sounds]


def _check_times(info: MediaInfo, sound: StreamInfo, plan: StitchPlan, length: float) -> None:
    """Raise ``StitchError`` unless the sound begins and ends when it should: with the picture, or as the copied one."""
    start, source = 0.0, plan.segments[0]
    if not plan.audio_codec and source.audio is not None:
        length, start = source.audio.duration or length, sound_start(source, source.audio)
    frame = float(1 / plan.rate)
    vague = _CODEC_BLOCKS * _LARGEST_BLOCK / (sound.sample_rate or 48_000)
    if sound.duration is None or abs(sound.duration - length) > frame + vague:
        raise wrong_length(_seconds(sound), length)
    found = sound_start(info, sound)
    lead_in = float(codecs.heard_lead_in(plan.audio_codec, sound.sample_rate, plan.suffix)) if plan.audio_codec else 0.0
    if not start - lead_in - SYNC <= found <= start + SYNC:
        raise wrong_start(found, start)


def wrong_length(seconds: str, wanted: float) -> StitchError:
    """Return the error about a sound that is too short or too long."""
    return StitchError(
        tr("The stitched file's sound lasts {seconds} instead of {length:.3f} s.", seconds=seconds, length=wanted),
        tr(AGAIN),
    )


def wrong_start(found: float, wanted: float) -> StitchError:
    """Return the error about a sound that is not in time with the picture."""
    return StitchError(
        tr(
            "The stitched file's sound begins {found:.3f} s after its picture instead of {start:.3f} s.",
            found=found,
            start=wanted,
        ),
        tr(AGAIN),
    )


def sound_changes(info: MediaInfo, plan: StitchPlan) -> tuple[str, ...]:
    """Return what the codec or the container made of the sound, in words."""
    before, after = plan.sound, info.audio
    if before is None or after is None:
        return ()
    notes = list(_other_end(info, after, plan))
    if before.channels != after.channels:
        notes.append(
            tr(
                "the sound was mixed from {layout} to {new_layout}, as {codec} takes no more",
                layout=_layout_words(before),
                new_layout=_layout_words(after),
                codec=after.codec,
            )
        )
    elif before.layout and after.layout and before.layout != after.layout:
        notes.append(
            tr(
                "the layout of the sound's channels, {layout}, became {new_layout}",
                layout=before.layout,
                new_layout=after.layout,
            )
        )
    elif before.layout and not after.layout and before.layout not in _TAKEN_WHERE_UNTOLD:
        notes.append(
            tr(
                "a {suffix} file does not tell that the sound's channels are {layout}; players take others for them",
                suffix=plan.suffix,
                layout=before.layout,
            )
        )
    if before.sample_rate != after.sample_rate:
        notes.append(
            tr(
                "the sound has {sample_rate} Hz instead of {wanted} Hz, as {codec} takes",
                sample_rate=after.sample_rate,
                wanted=before.sample_rate,
                codec=after.codec,
            )
        )
    return tuple(notes)


def _other_end(info: MediaInfo, sound: StreamInfo, plan: StitchPlan) -> Iterator[str]:
    """Yield in words by how much a sound that was copied from a lone chunk ends before or after its frames."""
    if plan.audio_codec or sound.duration is None or plan.film is not None:
        return
    frame, length = float(1 / plan.rate), float(plan.frames / plan.rate)
    missing = length - sound_start(info, sound) - sound.duration
    if abs(missing) <= frame + _CODEC_BLOCKS * _LARGEST_BLOCK / (sound.sample_rate or 48_000):
        return
    seconds = localized(f"{abs(missing):.2f}")
    if missing > 0:
        yield tr("the sound of the chunk ends {seconds} s before its frames, and silence follows it", seconds=seconds)
    else:
        yield tr("the sound of the chunk goes on for {seconds} s after its last frame", seconds=seconds)


def _layout_words(sound: StreamInfo) -> str:
    return sound.layout or tr("{channels} channels", channels=sound.channels)


def _seconds(stream: StreamInfo) -> str:
    return tr("an unknown time") if stream.duration is None else localized(f"{stream.duration:.3f}") + " s"
