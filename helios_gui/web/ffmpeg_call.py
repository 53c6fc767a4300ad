"""FFmpeg runs that read and write files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.utils.programs import NO_WINDOW

KEPT_LOG = 4000
"""Characters of FFmpeg's last words in a message."""


async def call_ffmpeg(arguments: Sequence[str], doing: str) -> None:
    """Run FFmpeg to its end; a cancellation ends it.

    Args:
        arguments: What follows the program's name.
        doing: What it does, for the message.

    Raises:
        HeliosError: It failed.
    """
    process = await asyncio.create_subprocess_exec(
        find_ffmpeg(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, creationflags=NO_WINDOW,
    )  # fmt: skip
    try:
        _, log = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        words = log.decode("utf-8", "replace").strip()[-KEPT_LOG:]
        raise HeliosError(tr("FFmpeg failed while {doing}: {words}", doing=doing, words=words))
