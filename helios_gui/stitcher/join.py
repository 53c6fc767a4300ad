"""The FFmpeg command that joins segments: the concat demuxer for each track, sound encoded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from helios_gui.stitcher import codecs
from helios_gui.stitcher.encoding import decoder_options, encoder_options, for_encoder
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, PROGRESS_FLAGS
from helios_gui.stitcher.plan import StitchPlan

_USUAL_DECODER: Mapping[str, str] = {}
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Track:
    """Files that follow each other, each with its frames at ``rate`` (frames per second).

    With ``options`` it is one file, which FFmpeg reads with these options of an input.
    """

    files: tuple[Path, ...]
    frames: tuple[int, ...]
    rate: Fraction
    options: Mapping[str, str] = field(default_factory=dict)


def join_command(
    ffmpeg: Path, plan: StitchPlan, video: Track, audio: Track | None, folder: Path, output: Path
) -> list[str]:
    """Write the lists into ``folder`` and return the command that encodes all of them anew into ``output``.

    Picture and sound come from lists of their own, for their times differ where chunks carry a wrong rate. A sound that
    is to be copied must not be among them: what comes before its first sample is lost.
    """
    import ffmpeg as graph

    source = _graph_input(graph, video, folder, "video", decoder_options(plan.picture))["V:0"]
    source = with_repeats(source, plan.picture.codec, video.rate, sum(video.frames))
    streams = [renumber(for_encoder(source, plan.video_encoder, plan.picture, plan.suffix), plan.rate)]
    options = encoder_options(plan.video_encoder, plan.picture, plan.quality, plan.suffix)
    options |= {"r": rate_argument(plan.rate), "map_metadata": "-1"}
    if audio is not None:
        streams.append(_audio_stream(plan, _sound_of(graph, plan, audio, folder), sum(video.frames)))
        options |= _audio_options(plan)
    options |= codecs.muxer_options(output.suffix.lower())
    return compiled_command(graph.output(*streams, str(output), **options), ffmpeg)


def sound_command(ffmpeg: Path, plan: StitchPlan, audio: Track, frames: int, folder: Path, output: Path) -> list[str]:
    """Write the list into ``folder`` and return the command that puts all sounds into ``output``, without a picture.

    They are made as long as ``frames`` of the result.
    """
    import ffmpeg as graph

    stream = _audio_stream(plan, _sound_of(graph, plan, audio, folder), frames)
    return compiled_command(graph.output(stream, str(output), map_metadata="-1", **_audio_options(plan)), ffmpeg)


def compiled_command(output: Any, ffmpeg: Path) -> list[str]:
    """Return the command that makes ``output``, an output of ffmpeg-python."""
    command: list[str] = output.global_args(*COMMON_FLAGS, *PROGRESS_FLAGS).compile(cmd=str(ffmpeg))
    return command


def _graph_input(graph: Any, track: Track, folder: Path, name: str, decoder: Mapping[str, str] = _USUAL_DECODER) -> Any:
    if track.options:
        return graph.input(str(track.files[0]), **track.options)
    path = folder / f"{name}.ffconcat"
    links = folder / "links"
    links.mkdir(exist_ok=True)
    write_concat_list(path, track.files, track.frames, track.rate, links)
    return graph.input(str(path), f="concat", safe="0", **decoder)


def _sound_of(graph: Any, plan: StitchPlan, audio: Track, folder: Path) -> Any:
    """Return the sound of a file of samples, or the one that the chunks have, all at the same place."""
    first = plan.segments[0].audio
    place = "a:0" if audio.options or first is None else str(first.index)
    return _graph_input(graph, audio, folder, "audio")[place]


def _audio_stream(plan: StitchPlan, sound: Any, frames: int) -> Any:
    """Return the sounds end to end, exactly as long as the picture, whatever times the segments carry."""
    assert plan.sound is not None
    samples = sample_at(frames, plan)
    gapless = sound.filter("asetpts", "N/SR/TB").filter("apad", whole_len=samples)
    exact = gapless.filter("atrim", end_sample=samples)
    if layout := codecs.layout_for(plan.audio_codec, plan.sound.layout):
        exact = exact.filter("aformat", channel_layouts=layout)
    silence, _ = codecs.lead_in_of(plan.audio_codec, plan.suffix)
    return exact.filter("adelay", f"{silence}S", all=1) if silence else exact


def renumber(video: Any, rate: Fraction) -> Any:
    """Put one frame after the other at ``rate``, exactly and whatever times they had."""
    return video.filter("settb", f"{rate.denominator}/{rate.numerator}").filter("setpts", "N")


def with_repeats(video: Any, codec: str, rate: Fraction, frames: int) -> Any:
    """Return the frames with those that decoders do not give out, as they only repeat the one before (Theora)."""
    if codec != "theora":
        return video
    filled = video.filter("fps", rate_argument(rate)).filter("tpad", stop=-1, stop_mode="clone")
    return filled.filter("trim", end_frame=frames)


def sample_at(frame: int, plan: StitchPlan) -> int:
    """Return the number of the sound's sample at which a frame begins."""
    return round(frame * plan.sound.sample_rate / plan.rate) if plan.sound else 0


def _audio_options(plan: StitchPlan) -> dict[str, str]:
    assert plan.sound is not None
    return {**codecs.audio_options(plan.audio_codec, plan.sound, plan.suffix)}


def rate_argument(rate: Fraction) -> str:
    """Return the rate as FFmpeg takes it without rounding."""
    return f"{rate.numerator}/{rate.denominator}"


def write_concat_list(path: Path, segments: Sequence[Path], frames: Sequence[int], rate: Fraction, links: Path) -> None:
    """Write the list to ``path``: each segment with the time its frames take at ``rate`` (frames per second).

    The times keep the segments on the frame grid however many there are: each is rounded so that the sum is
    exact. Names with a line break, which the list cannot hold, are reached through links made in ``links``, a
    folder beside the list.
    """
    lines = ["ffconcat version 1.0"]
    done = 0
    for index, (segment, count) in enumerate(zip(segments, frames, strict=True)):
        start, end = (round(total * _MICROSECONDS / rate) for total in (done, done + count))
        done += count
        lines.append(f"file {quote(_listable(segment.absolute(), links, index))}")
        lines.append(f"duration {(end - start) // _MICROSECONDS}.{(end - start) % _MICROSECONDS:06d}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n", errors="surrogateescape")


def quote(name: str) -> str:
    """Return ``name`` as one word of the list: within ``'`` everything is literal but ``'`` itself."""
    return "'" + name.replace("'", r"'\''") + "'"


def _listable(segment: Path, links: Path, index: int) -> str:
    if not {"\n", "\r"} & set(str(segment)):
        return str(segment)
    link = links / f"{index}{segment.suffix}"
    if not link.is_symlink():  # the list of sounds meets the same names as the list of pictures
        link.symlink_to(segment)
    return f"{links.name}/{link.name}"
