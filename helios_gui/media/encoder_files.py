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
    {"pass", "stats", "dump-yuv", "tcfile-in", "tcfile-out", "log-file", "csv", "recon", "input", "output", "fpf"}
    | {"analysis-save", "analysis-load", "analysis-reuse-file", "cqmfile", "qpfile", "zonefile", "lambda-file"}
    | {"nalu-file", "opencl-clbin", "dhdr10-info", "dolby-vision-rpu", "film-grain-table", "partition-info-path"}
    | {"vmaf-model-path", "second-pass-log", "two-pass-input", "two-pass-output", "fgs-table", "roi-map-file"}
    | {"qp-file", "config", "errlog", "stat-file", "input-stat-file", "output-stat-file", "scaling-list"}
)
"""Options of x264, x265, SVT-AV1 and libaom with which they read or write, by themselves or in a list such as
``x265-params``."""
_MODES = frozenset({"scaling-list=off", "scaling-list=default"})
_FILE_NAME = re.compile(r"\.[A-Za-z]\w*$")
"""The end of a value that is a file's name, whatever reads it: no number and no name of a mode ends so."""
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
    parts = [each for part in _LIST_PARTS.split(value) if (each := part.strip().lower()) not in _MODES]
    keys = (part.partition("=")[0].strip().replace("_", "-") for part in parts)
    return not _OF_ENCODERS.isdisjoint(keys) or any(_FILE_NAME.search(part) for part in parts)
