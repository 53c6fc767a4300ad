"""The FFmpeg that makes plain media for tests: the bundled one, whatever is on ``PATH``.

It starts in a fifth of the time that one with two hundred libraries takes. What the program itself runs, and what it is
compared with where versions differ, is ``find_ffmpeg``.
"""

from __future__ import annotations

from functools import cache

import imageio_ffmpeg


@cache
def media_maker() -> str:
    """Return the path of the program."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())
