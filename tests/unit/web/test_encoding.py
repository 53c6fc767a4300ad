"""What FFmpeg is told to make of a page's pictures, tried with the one of the system and the bundled one."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import probe
from helios_gui.types import Colour
from helios_gui.web.encoding import CODECS, encoder_arguments
from tests.support.media_maker import media_maker

SRGB = Colour("bt709", "iec61966-2-1", "gbr", "pc")
BT709 = Colour("bt709", "bt709", "bt709", "tv")


@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize(("name", "colour"), [("png", SRGB), ("prores", BT709)])
def test_all_versions_of_ffmpeg_tell_the_same_colours(
    tmp_path: Path, name: str, colour: Colour, *, transparent: bool
) -> None:
    """From FFmpeg 7.1 on encoders tell the primaries and the transfer of the frames, whatever their options say."""
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x36:r=25,trim=end_frame=2,format=rgba"]
    pictures = subprocess.run(
        [media_maker(), "-v", "error", *source, "-c:v", "png", "-f", "image2pipe", "-"], capture_output=True, check=True
    ).stdout
    for ffmpeg in {str(find_ffmpeg()), media_maker()}:
        film = tmp_path / "film.mov"
        how = encoder_arguments(CODECS[name], film, Fraction(25), width=64, transparent=transparent, pictures="png")
        subprocess.run([ffmpeg, *how], input=pictures, check=True)
        made = probe(film).video
        assert made is not None
        assert (made.colour, made.alpha) == (colour, transparent)
