"""How a browser draws letters: the same on every machine, whatever its desktop prefers.

On Linux, Chromium draws letters as Fontconfig says: with the edges moved to whole pixels (hinting) or in colours (for
screens with stripes), as a person's desktop or the distribution has it. A page would look different here and in a
cloud, and letters that move would jump from pixel to pixel. The headless shell does without, by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path

_VARIABLE = "FONTCONFIG_FILE"
_USUAL = "fonts.conf"
"""Is looked for in Fontconfig's own folder, where that is."""

_VALUES = {
    "antialias": "<bool>true</bool>",
    "autohint": "<bool>false</bool>",
    "hinting": "<bool>false</bool>",
    "hintstyle": "<const>hintnone</const>",
    "lcdfilter": "<const>lcdnone</const>",
    "rgba": "<const>none</const>",
}


def smoothing_variables(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Write the settings for a browser, and return the variables that name them; none where they are not by Fontconfig.

    Args:
        folder: Where the file is written; it is kept as long as the browser runs.
        environment: In which the browser is started. Its fonts stay, and what replaces those that are missing.

    Raises:
        OSError: The file cannot be written.
    """
    if sys.platform in ("darwin", "win32"):
        return {}
    usual = escape(environment.get(_VARIABLE) or _USUAL, quote=False)
    values = "".join(f'<edit name="{name}" mode="assign">{value}</edit>' for name, value in _VALUES.items())
    file = folder / _USUAL
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">{usual}</include>'
        f'<match target="pattern">{values}</match><match target="font">{values}</match></fontconfig>',
        encoding="utf-8",
    )
    return {_VARIABLE: str(file)}
