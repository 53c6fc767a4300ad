"""Options that have an encoder, or FFmpeg around it, read or write files of their own.

Job files and presets of others say how frames are encoded, beside the commands that a person looks at. What they say
there must not reach files that no question has named: a log of statistics is written over whatever is at its path.
"""

from __future__ import annotations

import re

_OF_FFMPEG = frozenset(
    {"i", "map", "attach", "dump_attachment", "passlogfile", "vstats", "vstats_file", "sdp_file", "progress", "report"}
    | {"filter", "filter_script", "filter_complex", "filter_complex_script", "lavfi", "vf", "af", "fpre", "vpre"}
    | {"init_hw_device", "filter_hw_device", "protocol_whitelist"}
)
"""Options of the program, not of an encoder, that take files, or graphs which read some."""
_OF_ENCODERS = frozenset(
    {"pass", "stats", "dump-yuv", "tcfile-out", "log-file", "csv", "recon", "analysis-save", "analysis-reuse-file"}
    | {"input", "output", "fpf"}
)
"""Options of x264, x265, SVT-AV1 and libaom with which they write, by themselves or in a list (``x265-params``)."""
_LIST_PARTS = re.compile(r"[:,\s]")
_RATIO = re.compile(r"\d+/\d+")


def names_files(option: str, value: object) -> bool:
    """Return whether an option for an encoder has files read or written: also any path in its value counts."""
    name = option.partition(":")[0].lower().lstrip("-").replace("_", "-")
    if name in _OF_ENCODERS or name.replace("-", "_") in _OF_FFMPEG:
        return True
    if not isinstance(value, str):
        return False
    if any(separator in _RATIO.sub("", value) for separator in "/\\"):
        return True
    keys = (part.partition("=")[0].strip().lower().replace("_", "-") for part in _LIST_PARTS.split(value))
    return not _OF_ENCODERS.isdisjoint(keys)
