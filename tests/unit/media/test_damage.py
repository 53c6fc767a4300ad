"""Chunks with damage in the middle: all their frames are there, and one shows, or one sounds like, something else."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from helios_gui.media.frame_order import stored_packets
from helios_gui.media.media_reader import MediaReader
from helios_gui.media.media_verifier import verify_output
from helios_gui.types import RenderChunk, VerificationError
from tests.support.media_maker import media_maker
from tests.support.numbered_video import run_ffmpeg

FRAMES = 24
DAMAGED = r"^.* is damaged at frame \d+\.$|^.* has 1 frame that cannot be decoded\.$"
FOUND = {
    "h264.mp4": ("libx264",),
    "h264.mkv": ("libx264", "-bf", "0"),
    "mpeg4.mkv": ("mpeg4", "-q:v", "3"),
    "mpeg4.avi": ("mpeg4", "-q:v", "3"),
    "mpeg2.mkv": ("mpeg2video", "-q:v", "3"),
    "av1.mp4": ("libsvtav1", "-preset", "12"),
    "prores.mov": ("prores_ks",),
    "dnxhr.mov": ("dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p"),
    "cineform.mov": ("cfhd",),
    "png.mov": ("png",),
    "mjpeg.avi": ("mjpeg", "-q:v", "3"),
    "ffv1.mkv": ("ffv1", "-level", "3", "-slicecrc", "1"),
}
TAKEN = {
    "h264.ts": ("libx264", "-x264-params", "open-gop=1:keyint=8:bframes=3"),
    "hevc.mp4": ("libx265", "-x265-params", "log-level=none:open-gop=1:keyint=8"),
    "vp9.webm": ("libvpx-vp9", "-cpu-used", "8"),
    "vp8.webm": ("libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-cpu-used", "8"),
    "still.gif": ("gif",),
    "animation.mov": ("qtrle",),
    "theora.ogv": ("libtheora",),
    "windows.wmv": ("wmv2",),
    "interlaced.ts": ("mpeg2video", "-flags", "+ilme+ildct", "-top", "1"),
    "lossless.avi": ("huffyuv",),
}


def chunk(name: str) -> RenderChunk:
    return RenderChunk(id=0, start_frame=0, frame_count=FRAMES, output_file=name, command="render")


def make(path: Path, codec: str, *options: str) -> None:
    source = f"testsrc2=s=320x180:r=25:d={FRAMES / 25},noise=alls=8:allf=t"
    run_ffmpeg("-f", "lavfi", "-i", source, "-c:v", codec, *options, str(path))


def damage(path: Path, packet: bytes) -> None:
    """Overwrite the middle of a packet."""
    with path.open("r+b") as file:
        file.seek(path.read_bytes().index(packet) + len(packet) // 2)
        file.write(random.Random(1).randbytes(min(64, len(packet) // 2 - 4)))


def make_with_sound(path: Path, video: str, *sound: str) -> None:
    graphs = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=25:d={FRAMES / 25}")
    noise = ("-f", "lavfi", "-i", f"anoisesrc=r=48000:a=0.3:seed=1:d={FRAMES / 25}")
    run_ffmpeg(*graphs, *noise, "-c:v", video, "-c:a", *sound, str(path))


@pytest.fixture(scope="module")
def reader() -> Iterator[MediaReader]:
    with MediaReader() as reader:
        yield reader


def test_frames_that_are_like_those_before_them_are_taken(tmp_path: Path, reader: MediaReader) -> None:
    """Theora stores them as empty packets, which are no end."""
    output = tmp_path / "still.ogv"
    source = "testsrc2=s=320x180:r=25:d=0.4,loop=loop=20:size=1:start=3,noise=alls=1:allf=t"
    run_ffmpeg("-f", "lavfi", "-i", source, "-c:v", "libtheora", "-b:v", "40k", "-frames:v", "30", str(output))
    with av.open(str(output)) as container:
        sizes = [packet.size for packet in container.demux(video=0)]
    assert 0 in sizes[:-1]
    chunk = RenderChunk(id=0, start_frame=0, frame_count=30, output_file=output.name, command="render")
    assert verify_output(output, chunk, reader=reader) == 30


def test_another_size_within_a_group_of_pictures_is_refused(tmp_path: Path, reader: MediaReader) -> None:
    """AV1 and VP9 scale the frames that others are made of; what packets say is one size."""
    output = tmp_path / "part.mkv"
    sizes = ("-aom-params", "resize-mode=2", "-cpu-used", "8", "-b:v", "100k")
    command = [media_maker(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.4"]
    subprocess.run([*command, "-c:v", "libaom-av1", *sizes, str(output)], check=True)
    chunk = RenderChunk(id=0, start_frame=0, frame_count=10, output_file=output.name, command="render")
    with pytest.raises(VerificationError, match=r"part\.mkv changes the size of its picture at frame") as refusal:
        verify_output(output, chunk, reader=reader)
    assert "in one size" in refusal.value.hint


@pytest.mark.parametrize("name", FOUND)
def test_damage_in_the_middle_is_found(name: str, tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / name
    make(part, *FOUND[name])
    assert verify_output(part, chunk(name), reader=reader) == FRAMES
    damage(part, max(map(bytes, stored_packets(part)), key=len))
    with pytest.raises(VerificationError, match=DAMAGED):
        verify_output(part, chunk(name), reader=reader)


@pytest.mark.parametrize("name", ["png.mov", "dnxhr.mov", "prores.mov", "mjpeg.avi"])
def test_damage_in_the_only_frame_is_found(name: str, tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / name
    make(part, *FOUND[name], "-frames:v", "1")
    only = RenderChunk(id=0, start_frame=0, frame_count=1, output_file=name, command="render")
    assert verify_output(part, only, reader=reader) == 1
    damage(part, bytes(next(stored_packets(part))))
    with pytest.raises(VerificationError, match=DAMAGED):
        verify_output(part, only, reader=reader)


@pytest.mark.parametrize("name", TAKEN)
def test_nothing_is_wrong_with_a_whole_video(name: str, tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / name
    make(part, *TAKEN[name])
    assert verify_output(part, chunk(name), reader=reader) == FRAMES


SOUND_FOUND = {
    "aac.mp4": ("libx264", "aac"),
    "aac.mkv": ("libx264", "aac"),
    "ac3.mkv": ("libx264", "ac3"),
    "flac.mkv": ("ffv1", "flac"),
    "alac.mov": ("libx264", "alac"),
    "surround.mp4": ("libx264", "aac", "-af", "aformat=channel_layouts=5.1"),
}
SOUND_TAKEN = {
    "aac.ts": ("libx264", "aac"),
    "mp3.mkv": ("ffv1", "libmp3lame"),
    "mp3.avi": ("mpeg4", "libmp3lame"),
    "mp2.mpg": ("mpeg2video", "mp2"),
    "opus.webm": ("libvpx", "libopus"),
    "vorbis.ogv": ("libtheora", "libvorbis"),
    "pcm.mov": ("prores_ks", "pcm_s24le"),
    "dts.mkv": ("libx264", "dca", "-strict", "-2"),
    "wma.wmv": ("wmv2", "wmav2"),
    "truehd.mkv": ("libx264", "truehd", "-strict", "-2", "-af", "aformat=channel_layouts=5.1"),
    "nellymoser.flv": ("flv1", "nellymoser", "-ar", "44100", "-ac", "1"),
}


@pytest.mark.parametrize("name", SOUND_FOUND)
def test_damaged_sound_is_found(name: str, tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / name
    make_with_sound(part, *SOUND_FOUND[name])
    assert verify_output(part, chunk(name), reader=reader) == FRAMES
    with av.open(str(part)) as container:
        packets = [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]
    damage(part, packets[len(packets) // 2])
    with pytest.raises(VerificationError, match=r"^.* has damaged sound at 0\.[45]\d s\.$"):
        verify_output(part, chunk(name), reader=reader)


@pytest.mark.parametrize("name", SOUND_TAKEN)
def test_nothing_is_wrong_with_whole_sound(name: str, tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / name
    make_with_sound(part, *SOUND_TAKEN[name])
    assert verify_output(part, chunk(name), reader=reader) == FRAMES


@pytest.mark.parametrize("layout", ["7.1", "6.1", "5.1", "quad"])
@pytest.mark.parametrize(
    "sound",
    [
        ("part.mov", "pcm_s16le"),
        ("part.mov", "alac"),
        ("part.mov", "aac"),
        ("part.mov", "ac3"),
        ("part.mp4", "libopus"),
        ("part.mkv", "aac"),
    ],
)
def test_sound_of_many_channels_ends_no_process(
    layout: str, sound: tuple[str, str], tmp_path: Path, reader: MediaReader
) -> None:
    name, codec = sound
    part = tmp_path / name
    make_with_sound(part, "libx264", codec, "-af", f"aformat=channel_layouts={layout}")
    assert verify_output(part, chunk(name), reader=reader) == FRAMES


@pytest.mark.parametrize("codec", ["libmp3lame", "aac", "ac3"])
def test_sound_that_was_cut_out_of_a_longer_one_is_taken(codec: str, tmp_path: Path, reader: MediaReader) -> None:
    whole, part = tmp_path / "whole.mkv", tmp_path / "part.mkv"
    sound = ("-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3:seed=1:d=4")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=4", *sound, "-c:v", "mjpeg", "-c:a", codec, str(whole))
    run_ffmpeg("-ss", "1.5", "-i", str(whole), "-c", "copy", "-frames:v", str(FRAMES), "-t", "0.96", str(part))
    assert verify_output(part, chunk("part.mkv"), reader=reader) == FRAMES


def test_aac_that_ends_within_its_last_packet_is_found(tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / "part.ts"
    make_with_sound(part, "libx264", "aac")
    assert verify_output(part, chunk("part.ts"), reader=reader) == FRAMES
    part.write_bytes(part.read_bytes()[:-188])  # the last packet of the transport stream
    with pytest.raises(VerificationError, match=r"^part\.ts has damaged sound at 0\.9\d s\.$"):
        verify_output(part, chunk("part.ts"), reader=reader)
