"""Words that FFmpeg's filter ``scale`` takes, whatever version it is of."""

from __future__ import annotations

SCALER_MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt470",
    "bt2020nc": "bt2020",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
}
"""The name of a matrix → its name in the options ``in_color_matrix`` and ``out_color_matrix``: FFmpeg 7 and 8 take no
other, and no other matrix."""
