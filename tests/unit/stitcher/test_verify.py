"""Outputs are accepted for what they hold, not for what they are called."""

from __future__ import annotations

import asyncio
import threading

import pytest

from helios_gui.stitcher import MediaVerifier
from helios_gui.types import RenderChunk, VerificationError


def chunk(frames: int, output: str = "a.mov") -> RenderChunk:
    return RenderChunk(id=0, start_frame=0, frame_count=frames, output_file=output, command="render")


def verify_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("verify")]


async def test_frames_are_counted_whatever_the_rate(studio):
    verify = MediaVerifier()
    path = studio.chunk("a.mov", 0, 7, rate=25)
    await verify(path, chunk(7))
    with pytest.raises(VerificationError, match=r"^a\.mov has 7 frames instead of 38\.$"):
        await verify(path, chunk(38))
    one = studio.chunk("b.mp4", 0, 1, audio=None)
    with pytest.raises(VerificationError, match=r"^b\.mp4 has 1 frame instead of 2\.$"):
        await verify(one, chunk(2))
    await verify.aclose()
    assert verify_threads() == []


async def test_frames_that_ogg_lacks_at_its_end_are_explained(studio, tmp_path):
    """To render such a chunk again does not help."""
    verify = MediaVerifier()
    still = tmp_path / "still.ogv"
    studio.run("-f", "lavfi", "-i", "color=red:s=64x64:r=30:d=0.4", "-c:v", "libtheora", str(still))
    with pytest.raises(VerificationError, match=r"^still\.ogv has 1 frame instead of 12\.$") as error:
        await verify(still, chunk(12))
    assert "another codec" in error.value.hint
    await verify.aclose()


async def test_other_files_must_be_there_and_hold_something(tmp_path):
    verify = MediaVerifier()
    path = tmp_path / "geometry.bin"
    with pytest.raises(VerificationError, match="is missing"):
        await verify(path, chunk(7))
    path.touch()
    with pytest.raises(VerificationError, match="is empty"):
        await verify(path, chunk(7))
    path.write_text("points")
    await verify(path, chunk(7))
    with pytest.raises(VerificationError, match="is not a file"):
        await verify(tmp_path, chunk(7))
    assert verify_threads() == []  # none was needed
    verify.close()


async def test_video_is_asked_for(studio, tmp_path):
    path = tmp_path / "a.mp4"
    studio.run("-f", "lavfi", "-i", "sine=d=0.5", str(path))
    verify = MediaVerifier()
    with pytest.raises(VerificationError, match="has no video"):
        await verify(path, chunk(7))
    verify.close()
    assert verify_threads() == []


async def test_threads_are_few_and_cancelling_frees_them(studio):
    verify = MediaVerifier(threads=2)
    path = studio.chunk("long.mov", 0, 600)
    tasks = [asyncio.create_task(verify(path, chunk(600))) for _ in range(20)]
    await asyncio.sleep(0)  # each has asked for a thread; what threads answer is taken at the next turn at the earliest
    assert len(verify_threads()) <= 2
    for task in tasks[5:]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers[:5] == [None] * 5
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[5:])
    running = [asyncio.create_task(verify(path, chunk(600))) for _ in range(4)]
    await asyncio.sleep(0)
    await verify.aclose()
    await asyncio.gather(*running, return_exceptions=True)
    assert verify_threads() == []
    with pytest.raises(RuntimeError, match="closed"):
        await verify(path, chunk(600))


async def test_frames_that_an_edit_list_hides_do_not_count(studio):
    verify = MediaVerifier()
    whole = studio.chunk("whole.mov", 0, 12, audio=None, codec=("libx264", "-preset", "ultrafast", "-g", "12"))
    cut = studio.folder / "cut.mov"
    studio.run("-ss", "0.1", "-i", str(whole), "-c", "copy", str(cut))
    await verify(cut, chunk(9, "cut.mov"))
    with pytest.raises(VerificationError, match=r"^cut\.mov has 9 frames instead of 12\.$"):
        await verify(cut, chunk(12, "cut.mov"))
    verify.close()
