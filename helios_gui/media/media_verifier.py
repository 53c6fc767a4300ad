"""Is a chunk's output what the chunk promised? Asked without blocking the event loop."""

from __future__ import annotations

from pathlib import Path

from helios_gui.media.media_names import is_media_name
from helios_gui.media.media_probe import check_present
from helios_gui.media.media_verify import verify_output
from helios_gui.types import RenderChunk
from helios_gui.utils.work_threads import WorkThreads


class MediaVerifier:
    """A ``FrameVerifier``: the file is there, and where its name says media, it has exactly the chunk's frames.

    Close it when done, or its threads stay.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = WorkThreads("verify", threads)

    async def __call__(self, path: Path, chunk: RenderChunk) -> None:
        """Return if ``path`` is as promised, else raise ``VerificationError``. Costs one stat if no media."""
        if is_media_name(path):
            await self._threads.run(lambda stop: verify_output(path, chunk, stop))
        else:
            check_present(path)

    def close(self) -> None:
        """Stop running probes and end the threads."""
        self._threads.close()

    async def aclose(self) -> None:
        """Like ``close``, without blocking the event loop."""
        await self._threads.aclose()
