"""Finding out whether an FFmpeg leaves out what an encoder has put before a sound, where Matroska tells of it.

From FFmpeg 6 on it is told of all codecs when a file is written; when it is read, up to FFmpeg 8.0 Opus alone is begun
later for it. So the samples that two of them decode of one file differ by the lead-in.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, run_ffmpeg
from helios_gui.translation import tr
from helios_gui.types import MediaInfo, StreamInfo

_SAMPLES = 4800
_LEAD_IN = 1024
_ALWAYS_LEFT_OUT = frozenset({"opus"})
_known: dict[Path, bool] = {}


def may_be_kept(info: MediaInfo, sound: StreamInfo) -> bool:
    """Return whether it depends on the FFmpeg that decodes ``sound``, a stream of ``info``, where it begins."""
    return sound.lead_in > 0 and "matroska" in info.container and sound.codec not in _ALWAYS_LEFT_OUT


async def leaves_out_lead_in(ffmpeg: Path, folder: Path) -> bool:
    """Return whether the program does, as it shows with a short sound, made in ``folder``; remembered.

    One that does not tell when it writes does not leave anything out when it reads.

    Raises:
        StitchError: FFmpeg fails.
    """
    if ffmpeg not in _known:
        made, decoded = folder / "lead_in.mkv", folder / "lead_in.raw"
        run = partial(run_ffmpeg, folder=folder, doing=tr("decoding the chunks' sounds"))
        source = f"anullsrc=r=48000:cl=mono,atrim=end_sample={_SAMPLES}"
        await run([str(ffmpeg), *COMMON_FLAGS, "-f", "lavfi", "-i", source, "-c:a", "aac", f"file:{made}"])
        await run([str(ffmpeg), *COMMON_FLAGS, "-i", f"file:{made}", "-f", "s16le", f"file:{decoded}"])
        # AAC has blocks of 1024 samples: the last one may be whole or cut.
        _known[ffmpeg] = decoded.stat().st_size // 2 < _SAMPLES + _LEAD_IN
    return _known[ffmpeg]
