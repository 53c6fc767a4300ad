"""Small jobs whose chunks write image sequences, by a renderer of our own or by FFmpeg."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from helios_gui.jobfile.command_line import join_command
from helios_gui.jobfile.job_files import build_job
from helios_gui.types import JobSpec
from tests.support import frame_renderer

RENDERER = Path(frame_renderer.__file__)


def frames_job(
    folder: Path,
    *settings: str,
    sizes: tuple[int, ...] = (3, 3),
    start: int = 0,
    pattern: str = "frames/f_####.png",
    written: str = "",
    **more: Any,
) -> JobSpec:
    """A job of chunks with ``sizes`` frames from ``start`` on; ``written`` is the pattern as the commands have it."""
    chunks = []
    first = start
    for index, count in enumerate(sizes):
        words = [sys.executable, "-S", str(RENDERER), written or pattern, str(first), str(count), *settings]
        command = join_command(words)
        chunks.append(
            {"id": index, "startFrame": first, "frameCount": count, "outputFile": pattern, "command": command}
        )
        first += count
    size = {"width": frame_renderer.WIDTH, "height": frame_renderer.HEIGHT}
    metadata = {"totalFrames": sum(sizes), "fps": 24, **size}
    return build_job({"metadata": metadata, "chunks": chunks, **more}, str(folder / "job.json"), folder)


def written_frames(folder: Path) -> list[str]:
    """The names of all frames in a folder."""
    return sorted(path.name for path in folder.glob("*.png"))
