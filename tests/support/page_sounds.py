"""Pages that are heard: a noise whose every sample is known, and where it is in the sound of a page."""

from __future__ import annotations

import random
import wave
from array import array
from fractions import Fraction
from pathlib import Path

from helios_gui.web.encoding import Sound
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.sound import mix_sound
from helios_gui.web.view import View

RATE = 48_000
SMALL = View(64, 36)
FPS, NTSC = Fraction(30), Fraction(24000, 1001)
FRAMES = 30
_DICE = random.Random(7)
NOISE = [_DICE.randrange(-9000, 9000) for _ in range(RATE // 2)]
"""Half a second, left and right the same."""


def write_wave(path: Path, samples: list[int] | None = None) -> None:
    """Write a WAV file; by default of the noise."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", NOISE if samples is None else samples).tobytes())


async def hear(
    page: Path, target: Path, browser: str, frames: range = range(FRAMES), *, fps: Fraction = FPS, wanted: str = "on"
) -> list[int]:
    """Return the left samples of a page's frames; the right ones must be the same."""
    async with open_page(PageSource(page, SMALL, fps), print, browser, frames.stop) as shown:
        await shown.pass_frames(0, frames.stop)
        assert await mix_sound(shown, Sound(wanted), frames.start, len(frames), target)
    both = array("h", target.read_bytes())
    assert both[::2] == both[1::2]
    return both[::2].tolist()


def placed(*parts: tuple[float, list[int]], frames: int = FRAMES, fps: Fraction = FPS) -> list[int]:
    """Return the samples of frames with each list at its time in seconds."""
    samples = [0] * round(frames * RATE / fps)
    for time, part in parts:
        start = round(time * RATE)
        for place, value in enumerate(part[: max(0, len(samples) - start)], start):
            samples[place] += value
    return samples


def louder(samples: list[int], volume: float) -> list[int]:
    """Return samples at a volume."""
    return [round(value * volume) for value in samples]


def between(start: float, end: float) -> list[int]:
    """Return the noise between two times in seconds."""
    return NOISE[round(start * RATE) : round(end * RATE)]
