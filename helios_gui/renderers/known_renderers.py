"""The table of renderers whose output is understood: to support another one, add an entry to ``KNOWN_RENDERERS``.

Progress (``renderers.progress``), the cause of a failure (``process.process_outcome``) and the folding of lines in
the log (``ui.logs.collapse``) all read this table. Chunks often run a script that starts the renderer, so that each
line is compared with all renderers; only error lines depend on the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from helios_gui.renderers.renderer import LinePattern, Renderer

_LONGEST_LINE = 400
"""Characters of a line that are looked at."""


def _line(expression: str, hint: str = "") -> LinePattern:
    return LinePattern(re.compile(expression), hint)


_BLENDER_LOG_PREFIX = r"^(?:[\d:]{2,12}\.\d{1,6} {1,3}\w{1,30} {1,30}\| )?"
"""Blender 5 writes the time and a category before its lines: ``00:03.579  render           | …``."""

HELIOS = Renderer(
    name="Helios",
    programs=("helios",),
    progress=(_line(r"\bRendered (?P<done>\d+) / (?P<total>\d+)", "Rendered "),),  # "Progress: Rendered 9 / 90 frames"
    errors=(_line(r"^(?:\w*Error: |Render failed)"),),
    uninformative=(_line(r"^Progress: ", "Progress: "),),
)

FFMPEG = Renderer(
    name="FFmpeg",
    programs=("ffmpeg",),
    progress=(_line(r"\bframe= *(?P<done>\d+)", "frame="),),  # the statistics line, and the output of -progress
    errors=(
        _line(
            r"(?i:\berror\b|\binvalid\b|\bno such\b|\bno space\b|\bnot found\b|\bunknown\b|\bunrecognized\b"
            r"|\bunable to\b|\bcould not\b|\bcannot\b|\bfailed\b|\bdenied\b|\bmust be\b)"
        ),
    ),
    folded=(
        _line(r"^frame=", "frame="),
        _line(r"\btime=(?:-?\d+:|N/A)", "time="),  # the statistics line of audio: size= … time=00:00:01.00
    ),
    uninformative=(
        _line(r"^Conversion failed!|^Exiting normally|^size=|^(?:\[out#\S+ @ \w+\] )?video:|^Last message repeated"),
        _line(r"^\[aac @", "[aac @"),
        _line(r"^\[libx26[45] @ \w+\] (?:frame [IPB]:|mb |ref |kb/s:|coded |i\d+ |8x8 |Weighted |consecutive |final )"),
        _line(r"^[\w.]+=\s*+\S*+$", "="),  # -progress: total_size=1024
    ),
)

BLENDER = Renderer(
    name="Blender",
    programs=("blender",),
    progress=(_line(r"\bFra: ?(?P<scene_frame>\d+)", "Fra:"),),  # from Blender 5 on with the blank
    errors=(
        _line(_BLENDER_LOG_PREFIX + r"(?:Error: (?!Python: |Not freed memory)|ERROR[ :(])"),
        _line(r"^\w+(?:Error|Exception): "),  # the last line of a Python traceback
        _line(r"(?i:\bout of (?:gpu )?memory\b)", "emory"),
    ),
    uninformative=(
        _line(
            _BLENDER_LOG_PREFIX
            + r"(?:Blender quit|Blender \d|Saved: |Time: |Read blend: |Fra:|Error: Not freed memory|Error: Python: )"
        ),
    ),
)

REMOTION = Renderer(
    name="Remotion",
    programs=("remotion",),
    progress=(
        _line(r"\bRendered (?P<done>\d+)/(?P<total>\d+)", "Rendered "),  # "Rendered 12/90, time remaining: 2s"
        _line(r"\bRendering frames (?:\(\d+x\) )?(?P<done>\d+)/(?P<total>\d+)", "Rendering frames "),
    ),
    errors=(_line(r"^(?:\w*Error: |An error occurred)"),),
    folded=(
        _line(r"\b(?:Encoded|Encoding video|Stitched|Stitching|Muxing video) \d+/\d", "/"),
        _line(r"\bBundling (?:code )?\d+%", "Bundling "),
    ),
)

WEB_PAGES = Renderer(
    name="Helios Render Manager",  # "helios-gui web"; its progress lines are those of Remotion
    programs=("helios-gui",),
    errors=(_line(r"^Error: "),),
    uninformative=(_line(r"^\[page\] ", "[page] "),),
)

NODE = Renderer(
    name="Node.js",  # it runs the renderers that are written in JavaScript
    uninformative=(_line(r"^(?:at |\^+\s*+$|Node\.js v)"),),
)

KNOWN_RENDERERS = (HELIOS, FFMPEG, BLENDER, REMOTION, WEB_PAGES, NODE)

_PROGRESS = tuple(pattern for renderer in KNOWN_RENDERERS for pattern in renderer.progress)
_FOLDED = (*_PROGRESS, *(pattern for renderer in KNOWN_RENDERERS for pattern in renderer.folded))
_UNINFORMATIVE = tuple(pattern for renderer in KNOWN_RENDERERS for pattern in renderer.uninformative)
_ERROR_WORD = re.compile(r"(?i:error|exception|failed|cannot)")
_COUNTERS = (
    _line(r"\d ?%", "%"),
    _line(r"\d ?/ ?\d", "/"),
    _line(r"\d of \d", " of "),
    _line(r"\btime=", "time="),
)
"""Lines of programs that nobody has described which are likely to be progress. Enough for folding, but such a line
may explain a failure: "layer 3 of 9 is empty"."""
_FOLDED_OR_COUNTER = (*_FOLDED, *_COUNTERS)


def find_progress(line: str) -> re.Match[str] | None:
    """Return the match of a known renderer's progress line, with the groups that ``Renderer.progress`` describes.

    ``None`` for any other line.
    """
    for pattern in _PROGRESS:
        match = pattern.search(line, _LONGEST_LINE)
        if match is not None:
            return match
    return None


def is_folded(line: str) -> bool:
    """Return whether the log may replace ``line`` by a later one that differs only in its numbers.

    Lines of more than 400 characters are never folded.
    """
    return len(line) <= _LONGEST_LINE and _matches(_FOLDED_OR_COUNTER, line)


def find_failure_cause(lines: Iterable[str], program: str) -> str:
    """Return the line of output that explains best why ``program`` failed.

    Args:
        lines: The last lines of its output, oldest first.
        program: The file name of the program, without ``.exe``.

    Returns:
        The last line that the program's renderer marks as an error; else the last line that is neither progress nor
        otherwise uninformative; else the last line that is not blank; empty if there is none.
    """
    stripped = [line.strip() for line in lines]
    newest_first = [line for line in reversed(stripped) if line]
    informative = [line for line in newest_first if _is_informative(line)]
    errors = [pattern for one in KNOWN_RENDERERS if program.lower() in one.programs for pattern in one.errors]
    marked = (line for line in informative if _matches(errors, line))
    return next(marked, None) or next(iter(informative or newest_first), "")


def _is_informative(line: str) -> bool:
    if _matches(_UNINFORMATIVE, line):
        return False
    return not _matches(_FOLDED, line) or _ERROR_WORD.search(line, 0, _LONGEST_LINE) is not None


def _matches(patterns: Iterable[LinePattern], line: str) -> bool:
    return any(pattern.search(line, _LONGEST_LINE) for pattern in patterns)
