"""Programs that say that they are some FFmpeg, and do nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg


def program(path: Path, body: str) -> Path:
    """Make a program of the shell."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def ffmpeg_of(
    folder: Path, version: str, libavformat: str, *, code: int = 0, encoders: Sequence[str] = ("libx264",)
) -> Path:
    """Make an ``ffmpeg`` in ``folder`` that tells its versions and encoders as FFmpeg does, and exits with ``code``."""
    told = (
        f"ffmpeg version {version} Copyright",
        f"libavformat    {libavformat}.100 / {libavformat}.100",
        f" DEV.LS some                 A codec (decoders: one two ) (encoders: {' '.join(encoders)} )",
    )
    return program(folder / "ffmpeg", "\n".join([*(f"echo '{line}'" for line in told), f"exit {code}"]))


@contextmanager
def only_ffmpeg(ffmpeg: Path) -> Iterator[None]:
    """Have it be the one of the system, and the bundled one too."""
    with _found_anew() as changed:
        changed.setenv("PATH", f"{ffmpeg.parent}{os.pathsep}{os.environ['PATH']}")
        changed.setenv("IMAGEIO_FFMPEG_EXE", str(ffmpeg))
        yield


@contextmanager
def systems_ffmpeg(ffmpeg: Path) -> Iterator[None]:
    """Have it be the one of the system, beside the bundled one that is really there."""
    with _found_anew() as changed:
        changed.setenv("PATH", f"{ffmpeg.parent}{os.pathsep}{os.environ['PATH']}")
        changed.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
        yield


@contextmanager
def _found_anew() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as changed:
        find_ffmpeg.cache_clear()
        try:
            yield changed
        finally:
            find_ffmpeg.cache_clear()
