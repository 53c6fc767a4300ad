"""Is a chunk's output what the chunk promised?"""

from __future__ import annotations

from pathlib import Path

from helios_gui.stitcher.probe import check_present, probe
from helios_gui.stitcher.work_threads import WorkThreads
from helios_gui.types import RenderChunk, VerificationError
from helios_gui.utils.media_names import is_media_name


class MediaVerifier:
    """A ``FrameVerifier``: the file is there, and where its name says media, it has exactly the chunk's frames.

    The frame rate is not looked at: some renderers write the right frames with another timing, and the stitcher
    retimes them. Close it when done, or its threads stay.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = WorkThreads("verify", threads)

    async def __call__(self, path: Path, chunk: RenderChunk) -> None:
        """Return if ``path`` is as promised, else raise ``VerificationError``. Costs one stat if no media."""
        check_present(path)
        if not is_media_name(path):
            return
        info = await self._threads.run(lambda stop: probe(path, stop))
        if info.video is None:
            raise VerificationError(f"{path.name} has no video.", "Look into the chunk's log, then render it again.")
        if info.frames != chunk.frame_count:
            frames = "1 frame" if info.frames == 1 else f"{info.frames} frames"
            raise VerificationError(
                f"{path.name} has {frames} instead of {chunk.frame_count}.",
                "Look into the chunk's log, then render it again.",
            )

    def close(self) -> None:
        """Stop running probes and end the threads."""
        self._threads.close()

    async def aclose(self) -> None:
        """Like ``close``, without blocking the event loop."""
        await self._threads.aclose()
