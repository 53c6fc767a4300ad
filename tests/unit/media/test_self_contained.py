"""Chunks and sources that only name other files: nothing of these is read, and it is said what the file is."""

from __future__ import annotations

import asyncio
import socket
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.media_verifier import verify_output
from helios_gui.media.self_contained import self_contained_formats
from helios_gui.media.stream_facts import open_media
from helios_gui.sources.pictures import PicturesKind, PicturesRequest
from helios_gui.sources.video import VideoKind, VideoRequest
from helios_gui.stitcher import FfmpegStitcher
from helios_gui.types import HeliosError, RenderChunk, StitchError, StitchOptions, VerificationError
from tests.support.numbered_video import make_numbered, run_ffmpeg

CONCAT = "ffconcat version 1.0\nfile '{file}'\n"
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.2,\n{file}\n#EXT-X-ENDLIST\n"
DASH = (
    '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
    '<Representation id="1" mimeType="video/mp4"><BaseURL>{file}</BaseURL></Representation></AdaptationSet></Period>'
    "</MPD>"
)
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
PLAYLISTS = {"concat": CONCAT, "hls": HLS, "dash": DASH, "sdp": SDP}
SAID = "only names other files, and holds no picture or sound itself"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A video that is nobody's business."""
    return make_numbered(tmp_path / "secret.ts", 6, ("-c:v", "libx264", "-preset", "ultrafast"))


def chunk(name: str) -> RenderChunk:
    return RenderChunk(id=0, start_frame=0, frame_count=6, output_file=name, command="x")


@pytest.mark.parametrize("name", ["part.mov", "part.ts", "part.m3u8", "part.sdp", "part.ffconcat", "part.mpd"])
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_is_not_read_whatever_it_is_called(kind: str, name: str, secret: Path) -> None:
    path = secret.with_name(name)
    path.write_text(PLAYLISTS[kind].format(file=secret.name))
    with pytest.raises(VerificationError, match=SAID):
        open_media(path)


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_nothing_is_asked_for_over_the_network(kind: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        path = tmp_path / "part.mov"
        path.write_text(PLAYLISTS[kind].format(file=f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"))
        with pytest.raises(VerificationError, match=SAID):
            open_media(path)
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_chunks_and_sources_that_are_playlists_are_refused_in_words(secret: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_text(CONCAT.format(file=secret.name))
    with pytest.raises(VerificationError, match=SAID):
        await asyncio.to_thread(verify_output, path, chunk(path.name))
    with pytest.raises(StitchError, match=SAID):
        await FfmpegStitcher().stitch([path], tmp_path / "out.mov", StitchOptions(frames=6))
    assert not (tmp_path / "out.mov").exists()
    with pytest.raises(HeliosError, match=SAID):
        await VideoKind().read(VideoRequest(source=path), lambda line: None)


async def test_a_picture_that_is_a_playlist_shows_nothing_of_others(secret: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=32x32", "-frames:v", "2", str(pictures / "f_%04d.png"))
    request = PicturesRequest(source=pictures, fps=Fraction(24))
    facts = await PicturesKind().read(request, lambda line: None)
    second = pictures / "f_0002.png"
    second.write_text(CONCAT.format(file="f_0001.png"))
    still = tmp_path / "still.png"
    with pytest.raises(HeliosError):
        await PicturesKind().still(request, facts, 2, still, lambda line: None)
    assert not still.exists()
    await PicturesKind().still(request, facts, 1, still, lambda line: None)
    assert still.exists()


def test_what_holds_what_it_shows_is_read_as_before(secret: Path) -> None:
    with open_media(secret) as container:
        assert sum(1 for packet in container.demux() if packet.size) == 6
    known = set(self_contained_formats().split(","))
    assert {"mov", "matroska", "webm", "avi", "mxf", "flv", "gif", "png_pipe", "image2", "mpegts"} <= known
    assert not known & {"hls", "concat", "sdp", "dash", "rtsp"}


def test_a_damaged_file_is_not_called_a_playlist(tmp_path: Path) -> None:
    path = tmp_path / "part.mov"
    path.write_bytes(b"<?xml version='1.0'?><svg/>" + bytes(5000))
    with pytest.raises(av.FFmpegError):
        open_media(path)
