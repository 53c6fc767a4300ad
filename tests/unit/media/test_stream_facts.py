"""What the probe reads of every stream, chapter and tag."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.media_probe import probe
from helios_gui.types import Chapter, Colour
from tests.support.any_ffmpeg import colours, turn

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=0.2")
TONE = ("-f", "lavfi", "-i", "sine=d=0.2:r=48000")
HDR10 = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
BT2020 = colours("bt2020", "smpte2084", "bt2020nc", "tv")


def made(path: Path, *arguments: str) -> Path:
    subprocess.run([str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *arguments, str(path)], check=True)
    return path


def test_every_stream_has_its_language_title_and_disposition(tmp_path):
    path = made(
        tmp_path / "a.mkv",
        *(*PICTURE, *TONE, *TONE, "-map", "0", "-map", "1", "-map", "2", "-c:a", "aac"),
        *(
            "-metadata:s:a:0",
            "language=eng",
            "-metadata:s:a:1",
            "language=fra",
            "-disposition:a:0",
            "default",
            "-disposition:a:1",
            "comment",
        ),
    )
    info = probe(path)
    assert [stream.kind for stream in info.streams] == ["video", "audio", "audio"]
    first, second = info.of_kind("audio")
    assert info.audio is first
    assert (first.language, second.language) == ("eng", "fra")
    assert "default" in first.disposition
    assert second.disposition == {"comment"}
    assert second.packets > 0
    assert (second.index, second.channels, second.layout) == (2, 1, "mono")


def test_subtitles_attachments_covers_and_chapters(tmp_path):
    (tmp_path / "s.srt").write_text("1\n00:00:00,050 --> 00:00:00,150\nBonjour\n\n")
    (tmp_path / "font.txt").write_text("no font")
    (tmp_path / "c.txt").write_text(
        ";FFMETADATA1\ntitle=A film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=100\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=100\nEND=200\ntitle=Two\n"
    )
    path = made(
        tmp_path / "a.mkv",
        *(*PICTURE, "-i", str(tmp_path / "s.srt"), "-i", str(tmp_path / "c.txt"), "-map_metadata", "2", "-c:s", "srt"),
        *("-attach", str(tmp_path / "font.txt"), "-metadata:s:t", "mimetype=text/plain", "-metadata:s:s", "title=Fr"),
    )
    info = probe(path)
    assert [(stream.kind, stream.codec) for stream in info.streams] == [
        ("video", "h264"),
        ("subtitle", "subrip"),
        ("attachment", "text/plain"),
    ]
    assert info.streams[1].start == Fraction(50, 1000)
    assert (info.streams[1].title, info.streams[1].packets) == ("Fr", 1)
    assert info.chapters == (
        Chapter(Fraction(0), Fraction(1, 10), "One"),
        Chapter(Fraction(1, 10), Fraction(1, 5), "Two"),
    )
    assert info.tags["title"] == "A film"


def test_a_cover_is_not_the_film(tmp_path):
    cover = made(tmp_path / "c.png", "-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1")
    film = made(tmp_path / "v.mp4", *PICTURE)
    both = ("-i", str(cover), "-i", str(film), "-map", "0", "-map", "1", "-c", "copy")
    path = made(tmp_path / "a.mp4", *both, "-disposition:v:0", "attached_pic")
    info = probe(path)
    assert [stream.is_cover for stream in info.streams].count(True) == 1
    assert info.video is not None
    assert (info.video.codec, info.frames, info.video.packets) == ("h264", 6, 6)


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_turned_pictures_and_start_timecodes(tmp_path, suffix):
    plain = made(tmp_path / "v.mov", *PICTURE)
    path = turn(plain, tmp_path / f"a{suffix}", 270, timecode="01:00:00:00")
    info = probe(path)
    assert info.video is not None
    assert info.video.rotation == 90
    assert info.video.display_matrix
    assert info.timecode == "01:00:00:00"
    assert [stream.codec for stream in info.of_kind("data")] == ["tmcd"]
    upright = probe(plain)
    assert upright.video is not None
    assert (upright.video.rotation, upright.video.display_matrix, upright.timecode) == (0, "", "")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_hdr_is_read_from_the_picture(tmp_path, suffix):
    hevc = ("-c:v", "libx265", "-x265-params", f"log-level=none:{HDR10}", "-pix_fmt", "yuv420p10le")
    info = probe(made(tmp_path / f"a{suffix}", *PICTURE, *hevc, *BT2020))
    assert info.video is not None
    assert info.video.colour == Colour("bt2020", "smpte2084", "bt2020nc", "tv")
    assert f"master-display={info.video.mastering}:max-cll={info.video.light_level}" == HDR10


def test_shape_of_pixels_and_fields(tmp_path):
    fields = ("-vf", "setfield=tff,setsar=16/11", "-c:v", "mpeg2video", "-flags", "+ildct+ilme")
    info = probe(made(tmp_path / "a.mov", *PICTURE, *fields))
    assert info.video is not None
    assert (info.video.sample_aspect, info.video.field_order) == (Fraction(16, 11), "tb")


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.webm", ("libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0")),
        ("a.webm", ("libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0")),
        ("a.mov", ("prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
        ("a.mov", ("png", "-pix_fmt", "rgba")),
    ],
)
def test_transparency_in_the_pixels_or_beside_them(tmp_path, name, codec):
    info = probe(made(tmp_path / name, *PICTURE, "-c:v", *codec))
    assert info.video is not None
    assert info.video.alpha


def test_tags_in_another_encoding_are_no_fault(tmp_path):
    path = made(tmp_path / "a.mkv", *PICTURE, "-metadata", "title=Caf_", "-metadata:s:v", "title=Caf_")
    path.write_bytes(path.read_bytes().replace(b"Caf_", "Café".encode("latin-1")))
    info = probe(path)
    assert info.frames == 6
    assert info.tags["title"] == info.streams[0].title == "Caf\ufffd"
