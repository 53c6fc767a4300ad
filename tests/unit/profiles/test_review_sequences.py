"""What a person agrees to names image sequences in one line."""

from __future__ import annotations

from pathlib import Path

from helios_gui.cli.render import consent
from helios_gui.profiles.review import review_job
from tests.support.frame_jobs import frames_job


def described(folder: Path, **final: str) -> list[str]:
    review = review_job(frames_job(folder, **final), folder)
    return list(consent._describe(review, folder / "job.json", ""))


def test_frames_are_one_line_and_no_video_is_promised(tmp_path: Path) -> None:
    lines = described(tmp_path)
    assert "  Frames           frames/f_####.png" in lines
    assert not [line for line in lines if "Finished video" in line]


def test_the_video_that_frames_become_is_named_too(tmp_path: Path) -> None:
    lines = described(tmp_path, outputFile="film.mp4")
    assert "  Frames           frames/f_####.png" in lines
    assert [line for line in lines if "Finished video" in line and line.endswith("film.mp4, of 2 chunks")]


def test_many_sequences_are_one_line(tmp_path: Path) -> None:
    spec = frames_job(tmp_path, sizes=(1, 1, 1))
    chunks = [chunk.model_copy(update={"output_file": f"c{chunk.id}/f_####.png"}) for chunk in spec.chunks]
    review = review_job(spec.model_copy(update={"chunks": tuple(chunks)}), tmp_path)
    assert review.sequence == "c0/f_####.png … c2/f_####.png"
