"""Mix what is heard of a page between two times, sample by sample."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import BinaryIO

from helios_gui.web.sound_decoding import CHANNELS, SAMPLE_RATE, Cut
from helios_gui.web.sound_notes import SoundSource, SoundSpan

_BLOCK = SAMPLE_RATE
_SLOWEST, _FASTEST = 0.0625, 16.0
"""Rates beyond which a browser plays no sound."""
_FULL = 32768


@dataclass(frozen=True, slots=True)
class SoundClip:
    """Samples of a cut that are heard.

    Attributes:
        start: When, in samples from the page's begin.
        end: Until when, in samples.
        cut: What is heard.
        place: Which of the cut's samples comes first.
        stretch: How it is heard.
    """

    start: int
    end: int
    cut: Cut
    place: int
    stretch: SoundSpan


def sample_at(seconds: float) -> int:
    """Return the number of the sample at a time."""
    return round(seconds * SAMPLE_RATE)


def pieces_between(stretches: Iterable[SoundSpan], first: int, last: int) -> list[SoundClip]:
    """Return what is heard from sample ``first`` to sample ``last`` (not included) of the page's time."""
    return [piece for one in stretches for piece in _clips_of_span(one, first, last)]


def _clips_of_span(stretch: SoundSpan, first: int, last: int) -> Iterator[SoundClip]:
    source = stretch.source
    if not _SLOWEST <= source.rate <= _FASTEST:
        return
    start = max(first, sample_at(stretch.start))
    end = min(last, sample_at(stretch.end)) if stretch.end < inf else last
    for begins, stops, place in _loop_rounds(source, end):
        since, until = max(start, begins), min(end, stops)
        if since >= until:
            continue
        if source.rate == 1:
            yield SoundClip(since, until, Cut(source.url), place + since - begins, stretch)
        else:
            cut = Cut(source.url, place, source.rate, source.keeps_pitch)
            yield SoundClip(since, until, cut, since - begins, stretch)


def _loop_rounds(source: SoundSource, last: int) -> Iterator[tuple[int, int, int]]:
    """Yield when a source begins, when it ends, and at which sample of the medium it begins: each round of a loop."""
    place, base = source.place, source.base
    if not source.loop:
        end = sample_at(base + (source.length - place) / source.rate) if source.length else last
        yield sample_at(base), end, sample_at(place)
        return
    place %= source.loop
    number = 0
    begin = base
    while sample_at(begin) < last:
        number += 1
        end_of_round = base + (number * source.loop - place) / source.rate
        yield sample_at(begin), sample_at(end_of_round), sample_at(place) if number == 1 else 0
        begin = end_of_round


def write_mix(
    pieces: Sequence[SoundClip],
    samples: dict[Cut, tuple[int, memoryview[float]]],
    first: int,
    last: int,
    target: BinaryIO,
) -> bool:
    """Write the mix of pieces as 16-bit samples, left and right by turns (blocking).

    Args:
        pieces: What is heard.
        samples: Of each cut the number of the first sample that was decoded, and the samples as floats.
        first: Where the mix begins, in samples from the page's begin.
        last: Where it ends.
        target: The file.

    Returns:
        Whether it was too loud somewhere, and was cut off there.
    """
    too_loud = False
    for start in range(first, last, _BLOCK):
        end = min(start + _BLOCK, last)
        mix = [0.0] * ((end - start) * CHANNELS)
        for piece in pieces:
            since, until = max(start, piece.start), min(end, piece.end)
            if since < until:
                decoded_from, decoded = samples[piece.cut]
                place = (piece.place + since - piece.start - decoded_from) * CHANNELS
                part = list(decoded[place : place + (until - since) * CHANNELS])
                at = (since - start) * CHANNELS
                heard = _at_volume(part, piece.stretch, since)
                mix[at : at + len(part)] = [a + b for a, b in zip(mix[at : at + len(part)], heard, strict=True)]
        too_loud = _write(mix, target) or too_loud
    return too_loud


def _write(mix: list[float], target: BinaryIO) -> bool:
    values = [round(value * _FULL) for value in mix]
    too_loud = bool(values) and (max(values) > _FULL or min(values) < -_FULL)
    block = array("h", [min(max(value, -_FULL), _FULL - 1) for value in values])
    if sys.byteorder == "big":
        block.byteswap()
    target.write(block.tobytes())
    return too_loud


def _at_volume(part: list[float], stretch: SoundSpan, first: int) -> list[float]:
    """Return samples of both channels as loud as they are; the first is at sample ``first`` of the page's time."""
    count = len(part) // CHANNELS
    if stretch.fade is None and (stretch.ramp == inf or first + count <= sample_at(stretch.ramp)):
        if stretch.volume == 1:
            return part
        return [value * stretch.volume for value in part]
    volumes = [_volume(stretch, (first + number) / SAMPLE_RATE) for number in range(count)]
    return [value * volumes[number // CHANNELS] for number, value in enumerate(part)]


def _volume(stretch: SoundSpan, time: float) -> float:
    volume = stretch.volume
    if stretch.ramp < time and stretch.end > stretch.ramp:
        volume += (stretch.next_volume - volume) * min(1.0, (time - stretch.ramp) / (stretch.end - stretch.ramp))
    fade = stretch.fade
    if fade is None:
        return volume
    if fade.rise > 0:
        volume *= min(1.0, max(0.0, (time - fade.start) / fade.rise))
    if fade.fall > 0:
        volume *= min(1.0, max(0.0, (fade.end - time) / fade.fall))
    return volume
