"""Is a chunk's output what the chunk promised?"""

from __future__ import annotations

import threading
from pathlib import Path

from helios_gui.media.media_names import is_media_name
from helios_gui.media.media_probe import check_present, count_frames
from helios_gui.types import RenderChunk, VerificationError

_LOOK = "Look into the chunk's log, then render it again."


def verify_output(path: Path, chunk: RenderChunk, stop: threading.Event | None = None) -> int | None:
    """The frames of ``path``, which are the chunk's; ``None`` where its name does not say media (blocking).

    Raises ``VerificationError`` when the file is missing, empty, no media, or has other than the chunk's frames;
    ``ProbeStoppedError`` soon after ``stop`` is set. The frame rate is not looked at: some renderers write the
    right frames with another timing, and the stitcher retimes them.
    """
    if not is_media_name(path):
        check_present(path)
        return None
    found = count_frames(path, stop)
    if found is None:
        raise VerificationError(f"{path.name} has no video.", _LOOK)
    if found != chunk.frame_count:
        frames = "1 frame" if found == 1 else f"{found} frames"
        raise VerificationError(f"{path.name} has {frames} instead of {chunk.frame_count}.", _LOOK)
    return found
