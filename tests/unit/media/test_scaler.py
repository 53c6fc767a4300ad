"""The names of matrices that the FFmpeg that is here takes, and those before and after it."""

from __future__ import annotations

import subprocess

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.scaler import SCALER_MATRICES

RED = {"bt709": 0.2126, "smpte170m": 0.299, "bt470bg": 0.299, "bt2020nc": 0.2627, "fcc": 0.3, "smpte240m": 0.212}
"""How much red adds to the brightness (ITU-T H.273, table 4)."""


@pytest.mark.parametrize(("matrix", "share"), RED.items())
def test_a_matrix_is_meant_by_its_name(matrix: str, share: float) -> None:
    name = SCALER_MATRICES[matrix]
    assert name not in {"bt470bg", "bt2020nc"}  # FFmpeg 7 and 8 do not know these
    filters = f"format=gbrp,scale=out_color_matrix={name}:flags=accurate_rnd,format=yuv444p"
    source = ["-f", "lavfi", "-i", "color=red:s=16x16,trim=end_frame=1"]
    command = [find_ffmpeg(), "-v", "error", *source, "-vf", filters, "-f", "rawvideo", "-"]
    picture = subprocess.run(command, capture_output=True, check=True).stdout
    assert picture[0] == pytest.approx(16 + 219 * share, abs=1)
