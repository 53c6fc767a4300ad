"""Which kinds of files are read: those that hold what they show, and none that name other files or addresses.

FFmpeg tells a file's kind by its content, whatever its name: a chunk or a source called ``film.mov`` may be a playlist,
and what it names would be read in its place.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import VerificationError

PROTOCOLS = "file"

_OPEN_OTHERS = frozenset(
    {"concat", "dash", "hls", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp", "vobsub", "webm_dash_manifest"}
    | {"avisynth", "vapoursynth"}
)
_LOOKED_AT = 4096  # bytes
_PLAYLISTS = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*"
    rb"(?:ffconcat version|#EXTM3U|v=0\r?\n|# VobSub|<MPD\b|<\?xml(?s:.*)<(?:\w+:)?(?:MPD|CompositionPlaylist)\b)"
)


@cache
def self_contained_formats() -> str:
    """Return the names of FFmpeg's demuxers for files that hold what they show, as its ``format_whitelist`` takes them.

    They are those of PyAV; another FFmpeg has most of them.
    """
    import av

    known = (name for name in av.formats_available if av.format.ContainerFormat(name).is_input)
    return ",".join(sorted(name for name in known if name not in _OPEN_OTHERS))


def input_limits() -> list[str]:
    """Return FFmpeg's options that go before an input that somebody else has made."""
    return ["-format_whitelist", self_contained_formats(), "-protocol_whitelist", PROTOCOLS]


def refuse_playlist(path: Path) -> None:
    """Raise ``VerificationError`` if a file that could not be opened is one that names others. Blocking."""
    try:
        with path.open("rb") as file:
            begin = file.read(_LOOKED_AT)
    except OSError:
        return
    if _PLAYLISTS.match(begin):
        raise VerificationError(
            tr("{path} only names other files, and holds no picture or sound itself.", path=path.name),
            tr("Make one file of it, for example with ffmpeg -i {path} -c copy film.mkv.", path=path.name),
        )
