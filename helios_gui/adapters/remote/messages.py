"""What adapters have to say, in words."""

from __future__ import annotations

import time

from helios_gui.renderers.progress import ProgressReader
from helios_gui.translation import tr, tr_count
from helios_gui.types import RenderChunk

_SAFE_SHARE = 0.8
"""How much of what was done in a time limit is surely done in the next: machines and frames differ."""


def explain_time_limit(name: str, seconds: float, done: int, chunk: RenderChunk) -> str:
    """Say that ``name`` was ended after ``done`` frames of the chunk because its time was up."""
    hit = tr("{capital} hit its {seconds:g} s limit", capital=_capital(name), seconds=seconds)
    if done <= 0:
        return tr(
            "{hit} before the first of {frame_count} frames was done; give it more time or use smaller chunks.",
            hit=hit,
            frame_count=chunk.frame_count,
        )
    fewer = max(1, int(done * _SAFE_SHARE))
    return tr_count(
        "{hit} at frame {done} of {frame_count}; use chunks of at most {number} frame.",
        "{hit} at frame {done} of {frame_count}; use chunks of at most {number} frames.",
        fewer,
        hit=hit,
        done=done,
        frame_count=chunk.frame_count,
    )


def explain_silence(name: str, why: str, seconds: float) -> str:
    """Say that nobody heard of an attempt until it must have ended."""
    return tr(
        "{capital} left no result within {seconds:.0f} s. {why}", capital=_capital(name), seconds=seconds, why=why
    ).strip()


def explain_another_worker(name: str, said: str) -> str:
    """Say that a worker answered with nothing but a message, as the original does when it cannot render."""
    return tr(
        "{capital} is probably another Helios worker; it answered: {said}. Deploy the worker that comes with this app.",
        capital=_capital(name),
        said=said.rstrip("."),
    )


def explain_other_chunk(name: str, rendered: int, chunk: RenderChunk) -> str:
    """Say that a worker understood another chunk by the number that it was asked for."""
    return tr(
        "{capital} was asked for the chunk with the id {id} and rendered the one with the id {rendered}. "
        "Deploy the worker that comes with this app.",
        capital=_capital(name),
        id=chunk.id,
        rendered=rendered,
    )


def explain_no_output(name: str) -> str:
    """Say that a worker reported success and nothing else."""
    return tr(
        "This worker returned no output: {name} reports success, but not where the chunk's file is. It is probably "
        "another Helios worker, which keeps what it renders; deploy the worker that comes with this app.",
        name=name,
    )


def explain_foreign_url(name: str, storage_url: str) -> str:
    """Say that a worker stored its output where the profile's storage is not."""
    stored = tr(
        "{capital} stored its output elsewhere than in {storage_url}.", capital=_capital(name), storage_url=storage_url
    )
    return tr("{stored} Deploy the worker that comes with this app.", stored=stored)


def explain_stopping(name: str, seconds_left: float) -> str:
    """Describe a cancellation that the worker has not confirmed."""
    until = time.strftime("%H:%M:%S", time.localtime(time.time() + max(0.0, seconds_left)))
    return tr("Stopping: {name} has not confirmed it and may still bill until {until}.", name=name, until=until)


def frames_in(text: str, chunk: RenderChunk) -> int:
    """Return how many frames of the chunk are done, going by what a renderer printed."""
    reader = ProgressReader(chunk.frame_count, chunk.start_frame)
    reader.feed(text.splitlines())
    return reader.frames_done


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
