"""The example job: it loads, its chunks cover the video, and neighbours meet without a seam."""

from __future__ import annotations

import array
import math
import re
import subprocess
from pathlib import Path

import av
import pytest

from helios_gui.jobfile.command_line import parse_command, resolve_program
from helios_gui.jobfile.job_files import find_job_files, load_job
from helios_gui.jobfile.merge_command import recognise_merge
from helios_gui.resources import resource_path
from helios_gui.types import JobSpec, RenderChunk

JOB_FILE = resource_path("examples", "test-card", "test-card.helios.json")
SAMPLE_RATE = 48_000
HAND_ROW, HAND_STEP = 700, 16  # a row of pixels with nothing but the hand on it, and its pixels per frame


@pytest.fixture(scope="module")
def spec() -> JobSpec:
    return load_job(JOB_FILE)


@pytest.fixture(scope="module")
def seam(spec: JobSpec, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two neighbouring chunks from the middle of the job, rendered as the job file says."""
    folder = tmp_path_factory.mktemp("seam")
    return [render(chunk, folder) for chunk in spec.chunks[5:7]]


def render(chunk: RenderChunk, folder: Path) -> Path:
    command = resolve_program(parse_command(chunk.command), job_dir=folder)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / chunk.output_file


def hand_positions(path: Path) -> list[int]:
    """Where the white hand stands in each frame, in pixels from the left."""
    with av.open(path) as container:
        return [bright_column(frame) for frame in container.decode(video=0)]


def bright_column(frame: av.VideoFrame) -> int:
    luma = frame.planes[0]
    row = bytes(luma)[HAND_ROW * luma.line_size :][: frame.width]
    return next(column for column, value in enumerate(row) if value > 150)


def samples(path: Path) -> array.array[int]:
    """The sound as interleaved left and right samples."""
    with av.open(path) as container:
        data = b"".join(bytes(frame.planes[0])[: frame.samples * 4] for frame in container.decode(audio=0))
    return array.array("h", data)


def left_channel_at(sample: int) -> float:
    """The left channel of the whole video: one tone that rises from 220 Hz by 40 Hz each second."""
    seconds = sample / SAMPLE_RATE
    return 0.2 * 32768 * math.sin(2 * math.pi * (220 * seconds + 20 * seconds * seconds))


def test_folder_is_found_as_one_job() -> None:
    assert find_job_files([JOB_FILE.parent]) == [JOB_FILE]


def test_chunks_cover_the_video_and_all_are_merged(spec: JobSpec) -> None:
    ranges = [(chunk.start_frame, chunk.frame_count) for chunk in spec.chunks]
    merge = recognise_merge(spec.merge_command)

    assert ranges == [(30 * index, 30) for index in range(12)]
    assert spec.metadata.total_frames == 360
    assert merge is not None
    assert (list(merge.inputs), merge.output) == ([chunk.output_file for chunk in spec.chunks], "test-card.mp4")


def test_commands_differ_only_in_their_ranges(spec: JobSpec) -> None:
    for chunk in spec.chunks:
        first, end = chunk.start_frame, chunk.start_frame + chunk.frame_count
        samples_per_frame = SAMPLE_RATE // 30
        assert f"trim=start_frame={first}:end_frame={end}," in chunk.command
        assert f"mod(({first}+round(t*30))" in chunk.command
        assert f"atrim=start_sample={first * samples_per_frame}:end_sample={end * samples_per_frame}," in chunk.command
    assert len({re.sub(r"\d+", "#", chunk.command) for chunk in spec.chunks}) == 1


def test_picture_goes_on_across_the_seam(spec: JobSpec, seam: list[Path]) -> None:
    positions = [position for path in seam for position in hand_positions(path)]

    assert positions == [frame * HAND_STEP % spec.metadata.width for frame in range(150, 210)]


def test_sound_goes_on_across_the_seam(seam: list[Path]) -> None:
    left = [sample for path in seam for sample in samples(path)[::2]]

    start = 150 * SAMPLE_RATE // 30
    assert len(left) == 2 * SAMPLE_RATE
    assert all(abs(value - left_channel_at(start + index)) <= 2 for index, value in enumerate(left))
