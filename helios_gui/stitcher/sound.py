"""Put the sounds of all chunks end to end, sample by sample, as one sound without codec and without gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import BinaryIO

from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, PROGRESS_FLAGS, run_ffmpeg
from helios_gui.stitcher.lead_in_trial import leaves_out_lead_in, may_be_kept
from helios_gui.stitcher.sound_fit import SampleFit, fit_samples, frame_samples, timing_of
from helios_gui.translation import tr, tr_count
from helios_gui.types import MediaInfo, StitchError, StreamInfo
from helios_gui.utils.work_threads import Stop, WorkThreads

_BATCH = 16  # files one FFmpeg decodes from: bounded memory and open files, however many segments there are
_BLOCK = 1 << 20
_ROUNDING = 48
"""Samples that may be missing without a word."""
_HELD = Fraction(3, 1000)
"""Seconds. What is missing up to this (FFmpeg's Ogg files lose 2.7 ms of Vorbis) is filled with the last sample, which
is heard less than silence."""

_LARGEST_BLOCK = 2048  # samples in one block of a codec (Windows Media Audio's), which may end in silence

_SAMPLES = {  # by FFmpeg's name of the decoded samples: what they are stored as, and how many bytes each takes
    "u8": ("pcm_u8", "u8", 1),
    "s16": ("pcm_s16le", "s16le", 2),
    "s32": ("pcm_s32le", "s32le", 4),
    "s64": ("pcm_s32le", "s32le", 4),
    "flt": ("pcm_f32le", "f32le", 4),
    "dbl": ("pcm_f64le", "f64le", 8),
}


@dataclass(frozen=True, slots=True)
class RawSound:
    """A file of samples without a header.

    Args:
        path: The file.
        muxer: FFmpeg's name of the format of the samples.
        sample_rate: Hz.
        channels: How many.
        layout: The layout of the channels as FFmpeg takes it.
        samples: How many there are of each channel.
        cut: Of how many chunks a part longer than a frame was left out, as it lay beyond the frames.
        filled: How many chunks had a sound that ends before their frames do, audibly.
        held: How many had one that ends so little earlier that its last sample fills the rest.
        longest_held: Samples that were filled in one of them, at most.
    """

    path: Path
    muxer: str
    sample_rate: int
    channels: int
    layout: str
    samples: int
    cut: int
    filled: int
    held: int
    longest_held: int

    @property
    def input_options(self) -> dict[str, str]:
        """How FFmpeg is told what the file holds, as keyword arguments of an input."""
        return {"f": self.muxer, "ar": str(self.sample_rate), "ch_layout": self.layout}

    def notes(self) -> tuple[str, ...]:
        """Return what people should know of how the sounds fitted their frames."""
        notes = []
        if self.cut:
            chunks = tr_count("{number} chunk", "{number} chunks", self.cut)
            notes.append(tr("the sound of {chunks} was longer than the frames, and was cut", chunks=chunks))
        if self.filled:
            chunks = tr_count("{number} chunk", "{number} chunks", self.filled)
            notes.append(tr("the sound of {chunks} was shorter than the frames, and silence follows it", chunks=chunks))
        if self.held:
            chunks = tr_count("{number} chunk", "{number} chunks", self.held)
            gap = tr("{longest_held:.1f} ms", longest_held=1000 * self.longest_held / self.sample_rate)
            notes.append(
                tr("the sound of {chunks} lacks up to {gap} at its end, which was filled", chunks=chunks, gap=gap)
            )
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class SoundJob:
    """Which sounds to put end to end.

    Args:
        segments: The chunks, in order.
        rate: Frames per second of the result.
        form: The sound that all are brought to: its sample rate, layout and kind of samples.
        track: Which of a chunk's sounds to take, from 0.
    """

    segments: tuple[MediaInfo, ...]
    rate: Fraction
    form: StreamInfo
    track: int = 0

    def sound_of(self, info: MediaInfo) -> StreamInfo | None:
        """Return the chunk's sound; ``None`` where it has none."""
        sounds = info.of_kind("audio")
        return sounds[self.track] if self.track < len(sounds) else None


async def assemble_sound(
    ffmpeg: Path,
    job: SoundJob,
    folder: Path,
    threads: WorkThreads,
    on_segments: Callable[[int], None] = lambda count: None,
) -> RawSound:
    """Make the file in ``folder``; each chunk's sound takes just the time of its frames.

    Raises:
        StitchError: FFmpeg cannot decode a sound.
    """
    sounds = ((info, job.sound_of(info)) for info in job.segments)
    differs = any(sound is not None and may_be_kept(info, sound) for info, sound in sounds)
    keeps_lead_in = differs and not await leaves_out_lead_in(ffmpeg, folder)
    assembly = _Assembly(job, folder / f"sound_{job.track}.raw", keeps_lead_in=keeps_lead_in)
    with assembly.target.open("wb") as target:
        for begin in range(0, len(job.segments), _BATCH):
            batch = job.segments[begin : begin + _BATCH]
            pieces = [
                folder / f"piece_{number}.wav" if job.sound_of(info) else None for number, info in enumerate(batch)
            ]
            if any(pieces):
                command = _decode_command(ffmpeg, job, batch, pieces)
                await run_ffmpeg(command, folder, tr("decoding the chunks' sounds"))
            for info, piece in zip(batch, pieces, strict=True):
                await threads.run(partial(assembly.append, info, piece, target))
            on_segments(begin + len(batch))
    return assembly.finished()


def _decode_command(
    ffmpeg: Path, job: SoundJob, batch: Sequence[MediaInfo], pieces: Sequence[Path | None]
) -> list[str]:
    command = [str(ffmpeg), *COMMON_FLAGS, *PROGRESS_FLAGS]
    for info in batch:
        command += ["-i", f"file:{info.path.absolute()}"]
    encoder, _, _ = _stored(job.form)
    for number, (info, piece) in enumerate(zip(batch, pieces, strict=True)):
        sound = job.sound_of(info)
        if sound is not None and piece is not None:
            command += ["-map", f"{number}:{sound.index}", "-af", _filters(sound, job.form)]
            command += ["-map_metadata", "-1", "-c:a", encoder, "-rf64", "auto", f"file:{piece}"]
    return command


def _filters(sound: StreamInfo, form: StreamInfo) -> str:
    """Return the filters that fill gaps within a sound (longer than 0.1 s) and bring it to the form of the others."""
    filters = [f"aresample={form.sample_rate}:async=1"]
    if (sound.channels, sound.layout) != (form.channels, form.layout):
        nameless = (
            not form.layout or " " in form.layout
        )  # channels in an order of their own: the usual layout of so many
        filters.append(f"aformat=channel_layouts={f'{form.channels}c' if nameless else form.layout}")
    return ",".join(filters)


def _stored(form: StreamInfo) -> tuple[str, str, int]:
    return _SAMPLES.get(form.sample_format.removesuffix("p"), _SAMPLES["flt"])


class _Assembly:
    """The file that grows by one chunk's sound after the other."""

    def __init__(self, job: SoundJob, target: Path, *, keeps_lead_in: bool) -> None:
        self.target = target
        self._job = job
        self._keeps_lead_in = keeps_lead_in
        _, self._muxer, size = _stored(job.form)
        self._size = size * job.form.channels  # bytes of all channels' samples at one time
        self._rate = job.form.sample_rate
        self._ends = iter(frame_samples([info.frames for info in job.segments], job.rate, self._rate)[1:])
        self._place = 0
        self._left = len(job.segments)
        self._layout = ""
        self._cut = self._filled = self._held = self._longest_held = 0

    def append(self, info: MediaInfo, piece: Path | None, target: BinaryIO, stop: Stop) -> None:
        """Write what belongs to the chunk, and remove its decoded ``piece`` (blocking)."""
        self._left -= 1
        need = next(self._ends) - self._place
        if piece is None:
            self._write(target, SampleFit(0, 0, 0, need), None, stop)
            return
        with piece.open("rb") as source:
            start, length, mask = _read_wave_header(source)
            self._layout = self._layout or mask
            sound = self._job.sound_of(info)
            assert sound is not None  # or there were no piece
            decoded = length // self._size
            keeps_lead_in = self._keeps_lead_in and may_be_kept(info, sound)
            found = fit_samples(decoded, need, timing_of(info, sound, self._rate, keeps_lead_in=keeps_lead_in))
            if not self._left:
                found = SampleFit(found.silence, found.skip, min(found.take, need - found.silence), need)
            source.seek(start + found.skip * self._size)
            self._write(target, found, source, stop)
            frame = self._rate / self._job.rate
            self._cut += decoded - found.skip - found.take > frame + 2 * _LARGEST_BLOCK
            self._filled += found.missing > _HELD * self._rate
            if _ROUNDING < found.missing <= _HELD * self._rate:
                self._held += 1
                self._longest_held = max(self._longest_held, found.missing)
        piece.unlink()

    def finished(self) -> RawSound:
        """Return the file, now that all chunks are in it."""
        form = self._job.form
        known = {1: "mono", 2: "stereo"}.get(form.channels, f"{form.channels}C")
        # The usual loudspeakers take the channels of a sound all around where no encoder takes it as such.
        told = f"{form.channels}c" if form.layout.startswith("ambisonic") else form.layout
        layout = self._layout or told or known
        return RawSound(
            path=self.target,
            muxer=self._muxer,
            sample_rate=self._rate,
            channels=form.channels,
            layout=layout,
            samples=self._place,
            cut=self._cut,
            filled=self._filled,
            held=self._held,
            longest_held=self._longest_held,
        )

    def _write(self, target: BinaryIO, found: SampleFit, source: BinaryIO | None, stop: Stop) -> None:
        quiet = b"\x80" if self._muxer == "u8" else b"\0"
        for block in _blocks(quiet, found.silence * self._size):
            target.write(block)
        last = b""
        left = found.take * self._size
        while left and source is not None:
            stop.check()
            block = source.read(min(_BLOCK, left))
            if not block:
                raise StitchError(
                    tr("The sound for {target} cannot be read.", target=self.target.name), tr("Stitch again.")
                )
            target.write(block)
            left -= len(block)
            last = (last + block)[-self._size :]
        held = last if found.missing <= _HELD * self._rate and last else quiet * self._size
        for block in _blocks(held, found.missing * self._size):
            stop.check()
            target.write(block)
        self._place += found.need


def _blocks(unit: bytes, length: int) -> Iterator[bytes]:
    """Yield ``length`` bytes of ``unit`` over and over, a block at a time."""
    block = unit * max(1, _BLOCK // len(unit))
    while length > 0:
        yield block[:length]
        length -= len(block)


def _read_wave_header(source: BinaryIO) -> tuple[int, int, str]:
    """Return where the samples begin, how many bytes they take, and the mask of the channels as FFmpeg takes a layout.

    The mask is empty where the file has none: mono and stereo. Sizes are those of RF64 (EBU Tech 3306) where they do
    not fit into RIFF's.
    """
    source.seek(12)
    mask, long_size = "", 0
    while len(header := source.read(8)) == 8:
        name, size = header[:4], int.from_bytes(header[4:], "little")
        if name == b"data":
            return source.tell(), long_size if size == 0xFFFFFFFF else size, mask
        body = source.read(size + size % 2)
        if name == b"ds64":
            long_size = int.from_bytes(body[8:16], "little")
        elif name == b"fmt " and size >= 40:  # WAVEFORMATEXTENSIBLE: its dwChannelMask
            number = int.from_bytes(body[20:24], "little")
            mask = hex(number) if number else ""  # nobody knows the channels' places
    raise StitchError(tr("FFmpeg decoded a sound to a file without samples."), tr("Stitch again."))
