"""The sound of a page's frames: what plays at their time, mixed, and put into their video."""

from __future__ import annotations

import asyncio
import mmap
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.utils.temporary_folders import temporary_folder
from helios_gui.web.encoding import Sound, sound_arguments
from helios_gui.web.ffmpeg_call import call_ffmpeg
from helios_gui.web.page import Page
from helios_gui.web.page_loads import shorten_address
from helios_gui.web.sound_decoding import CHANNELS, SAMPLE_RATE, Cut, decode_samples, probe
from helios_gui.web.sound_mix import SoundClip, pieces_between, write_mix
from helios_gui.web.sound_notes import STREAM, SoundSource, SoundSpan

_SECONDS_TO_LISTEN = 10.0
_FRAMES_AT_ONCE = 100
_SAMPLES_AT_ONCE = 10 * SAMPLE_RATE
_FLOAT = 4
_AS_IT_IS = SoundSpan(SoundSource(0, "", 0, 0, 1, 0, 0, keeps_pitch=True), 0, inf, 1)


@dataclass(frozen=True, slots=True)
class _Medium:
    file: Path
    channels: int


async def add_sound(page: Page, wanted: Sound, video: Path, start: int, count: int) -> None:
    """Give the video of frames their sound.

    Args:
        page: The page, at the last frame.
        wanted: Whether there is sound at all.
        video: The video without sound; it is replaced.
        start: The first frame.
        count: Number of frames.

    Raises:
        HeliosError: A sound cannot be read, or FFmpeg failed.
    """
    with temporary_folder("sound") as folder:
        mix = folder / "mix.raw"
        if not await mix_sound(page, wanted, start, count, mix):
            return
        sounding = video.with_name(f"{video.stem}.sound{video.suffix}")
        try:
            await call_ffmpeg(
                sound_arguments(video, mix, sounding, SAMPLE_RATE, CHANNELS), tr("putting the sound into the video")
            )
            await asyncio.to_thread(sounding.replace, video)
        finally:
            await asyncio.to_thread(sounding.unlink, missing_ok=True)


async def mix_sound(page: Page, wanted: Sound, start: int, count: int, target: Path) -> bool:
    """Write the sound of frames as 16-bit samples at 48 kHz, left and right by turns.

    Args:
        page: The page, at the last frame; it lives through one more.
        wanted: Whether there is sound at all.
        start: The first frame.
        count: Number of frames.
        target: The file; further files are made beside it.

    Returns:
        Whether there is sound; else nothing was written.

    Raises:
        HeliosError: A sound cannot be read, or FFmpeg failed.
    """
    if wanted is Sound.OFF:
        if page.sounds.stretches():
            page.report(tr("The page's sound is left out."))
        return False
    await page.pass_unseen(start + count)  # it ends the sound of the frame before
    first, last = (sample_of(frame, page.fps) for frame in (start, start + count))
    stretches = _heard_before(page, last)
    media = await _read_media(page, stretches, target.parent)
    made = await _read_web_audio(page, first, last, target.parent)
    if wanted is Sound.AUTO and not media and not made:
        return False
    pieces = pieces_between([one for one in stretches if one.source.url in media], first, last)
    decoded = await _decode(pieces, media, target.parent)
    pieces += [SoundClip(first, last, cut, 0, _AS_IT_IS) for cut in made]
    decoded |= {cut: (0, file) for cut, file in made.items()}
    if await asyncio.to_thread(_write_mix, pieces, decoded, (first, last), target):
        page.report(tr("The page's sounds are too loud together, and are cut off at the loudest."))
    return True


async def has_sound(page: Page, count: int, seconds: float = _SECONDS_TO_LISTEN) -> bool | None:
    """Return whether the first frames of a page have sound.

    Args:
        page: The page, before its first frame. It lives through the frames.
        count: Number of frames.
        seconds: How long this may take.

    Returns:
        ``None`` where it is not known within this time, or beforehand: Web Audio may be silence.

    Raises:
        PageError: The page threw, hangs or crashed.
    """
    try:
        async with asyncio.timeout(seconds):
            for start in range(0, count, _FRAMES_AT_ONCE):
                await page.pass_frames(start, min(_FRAMES_AT_ONCE, count - start))
                with temporary_folder("sound") as folder:
                    if await _read_media(page, _heard_before(page, sample_of(count, page.fps)), folder):
                        return True
    except TimeoutError:
        return None
    return None if page.web_audio else False


def sample_of(frame: int, fps: Fraction) -> int:
    """Return the sample at which a frame begins, so that chunks that lie end to end have all samples once."""
    return round(frame * SAMPLE_RATE / fps)


def _heard_before(page: Page, sample: int) -> list[SoundSpan]:
    return [one for one in page.sounds.stretches() if one.start * SAMPLE_RATE < sample]


async def _read_media(page: Page, stretches: Sequence[SoundSpan], folder: Path) -> dict[str, _Medium]:
    """Return what is heard, by its address; what has no sound is not in it."""
    media: dict[str, _Medium] = {}
    for number, source in enumerate({one.source.url: one.source for one in stretches}.values()):
        file = None
        if source.url != STREAM:
            file = await page.read_medium(source.context, source.url, folder / f"medium-{number}")
        if file is None:
            page.note_missing(_words_for_unreadable(source.url))
        elif channels := await probe(file):
            media[source.url] = _Medium(file, channels)
    page.raise_problem()
    return media


def _words_for_unreadable(url: str) -> str:
    if url == STREAM or url.startswith("blob:"):
        return tr("The page plays a sound that a script makes (MediaStream or MediaSource), which cannot be rendered.")
    return tr("The sound {url} cannot be read.", url=shorten_address(url))


async def _read_web_audio(page: Page, first: int, last: int, folder: Path) -> dict[Cut, Path]:
    """Return what the page makes with Web Audio between two samples, for each of its frames that makes any."""
    made: dict[Cut, Path] = {}
    for context in sorted(page.web_audio):
        file = folder / f"web-audio-{context}.raw"
        with file.open("wb") as target:
            for start in range(first, last, _SAMPLES_AT_ONCE):
                end = min(start + _SAMPLES_AT_ONCE, last)
                if part := await page.read_web_audio(context, start, end):
                    made[Cut(f"web-audio:{context}")] = file
                target.write(part or bytes((end - start) * CHANNELS * _FLOAT))
    return made


async def _decode(
    pieces: Sequence[SoundClip], media: Mapping[str, _Medium], folder: Path
) -> dict[Cut, tuple[int, Path]]:
    """Return the decoded samples that pieces need: where they begin in their cut, and their file."""
    decoded: dict[Cut, tuple[int, Path]] = {}
    for number, (cut, (first, last)) in enumerate(_needed_samples(pieces).items()):
        medium = media[cut.url]
        decoded[cut] = (first, folder / f"decoded-{number}.raw")
        await decode_samples(medium.file, medium.channels, cut, first, last, decoded[cut][1])
    return decoded


def _needed_samples(pieces: Sequence[SoundClip]) -> dict[Cut, tuple[int, int]]:
    needs: dict[Cut, tuple[int, int]] = {}
    for piece in pieces:
        first, last = piece.place, piece.place + piece.end - piece.start
        known_first, known_last = needs.get(piece.cut, (first, last))
        needs[piece.cut] = min(first, known_first), max(last, known_last)
    return needs


def _write_mix(
    pieces: Sequence[SoundClip], decoded: Mapping[Cut, tuple[int, Path]], between: tuple[int, int], target: Path
) -> bool:
    with ExitStack() as stack:
        samples: dict[Cut, tuple[int, memoryview[float]]] = {}
        for cut, (first, path) in decoded.items():
            size = path.stat().st_size
            if size:
                file = stack.enter_context(path.open("rb"))
                content = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
                whole = stack.enter_context(memoryview(content))
                samples[cut] = first, stack.enter_context(whole.cast("f"))
            else:
                samples[cut] = first, memoryview(b"").cast("f")
        with target.open("wb") as output:
            return write_mix(pieces, samples, *between, output)
