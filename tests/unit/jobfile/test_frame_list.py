"""Frame lists, and the chunks that are planned of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.frame_list import parse_frame_list
from helios_gui.jobfile.job_files import load_job, save_job
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.types import JobFileError, UserInputError
from helios_gui.types.frame_rate import WrittenRate


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("7", [range(7, 8)]),
        ("0-2", [range(3)]),
        ("1-20,40,60-90x2", [range(1, 21), range(40, 41), range(60, 92, 2)]),
        (" 1 - 5 x 3 , 9 ", [range(1, 7, 3), range(9, 10)]),
        ("1-10:5", [range(1, 11, 5)]),
        ("5-6x10", [range(5, 6)]),
    ],
)
def test_frame_lists_are_read(text: str, ranges: list[range]) -> None:
    assert parse_frame_list(text) == ranges


@pytest.mark.parametrize(
    "text", ["", ",", "a", "5-", "-5", "5-1", "1-9x0", "1,1", "5,3", "1-5,4-8", "1.5", "9999999999"]
)
def test_what_is_no_frame_list_is_refused(text: str) -> None:
    with pytest.raises(UserInputError):
        parse_frame_list(text)


def request(folder: Path, **more: object) -> PlanRequest:
    values = {
        "command": "render -o {output} -s {start} -e {end}",
        "fps": WrittenRate("24000/1001"),
        "width": 64,
        "height": 64,
        "chunk_output": "frames/f_####.png",
        "job_dir": folder,
        "frames": "1-20,40,60-66x2",
        "chunk_size": 15,
    }
    return PlanRequest(**{**values, **more})  # type: ignore[arg-type]


def test_every_chunk_is_of_consecutive_frames(tmp_path: Path) -> None:
    spec = plan_job(request(tmp_path))
    spans = [range(1, 16), range(16, 21), range(40, 41), *(range(frame, frame + 1) for frame in (60, 62, 64, 66))]
    assert [chunk.frames for chunk in spec.chunks] == spans
    assert spec.metadata.total_frames == 25
    assert (spec.metadata.fps, spec.to_json().count('"24000/1001"')) == (24000 / 1001, 1)
    assert {chunk.output_file for chunk in spec.chunks} == {"frames/f_####.png"}


@pytest.mark.parametrize("words", ["-f {frames}", "-s {start} -e {end} -j {step}"])
def test_a_chunk_has_a_step_if_the_command_takes_one(words: str, tmp_path: Path) -> None:
    spec = plan_job(request(tmp_path, command=f"blender -b s.blend -o {{output}} {words}"))
    assert [chunk.frames for chunk in spec.chunks][2:] == [range(40, 41), range(60, 68, 2)]
    last = parse_command(spec.chunks[-1].command)[5:]
    assert last in (("-f", "60,62,64,66"), ("-s", "60", "-e", "66", "-j", "2"))


def test_the_number_of_chunks_may_be_given(tmp_path: Path) -> None:
    spec = plan_job(request(tmp_path, frames="1-10,21-30", chunk_size=None, chunk_count=4))
    assert [chunk.frames for chunk in spec.chunks] == [range(1, 6), range(6, 11), range(21, 26), range(26, 31)]


def test_videos_follow_one_another_where_frames_are_left_out(tmp_path: Path) -> None:
    spec = plan_job(request(tmp_path, frames="1-4,10", chunk_output="part_{index}.mov"))
    assert [chunk.frames for chunk in spec.chunks] == [range(1, 5), range(10, 11)]
    assert spec.frame_list == "1-4,10"
    path = tmp_path / "job.json"
    save_job(spec, path)
    assert load_job(path) == spec


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1-4,11", "names frame 11, where the chunks hold frame 10"),
        ("1-4", "names 4 frames, but the chunks hold 5"),
        ("1-4,10-", "It is part 2 of 2 of the list"),
        (None, "a gap"),
    ],
)
def test_chunks_hold_what_the_frame_list_names(tmp_path: Path, written: str | None, words: str) -> None:
    job = json.loads(plan_job(request(tmp_path, frames="1-4,10", chunk_output="part_{index}.mov")).to_json())
    job["frameList"] = written
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job))
    with pytest.raises(JobFileError, match=words):
        load_job(path)


@pytest.mark.parametrize(
    ("pattern", "output"),
    [
        ("{name}/f_{frame:04}.exr", "shot/f_####.exr"),
        ("f_{frame}.png", "f_%d.png"),
        ("f_%04d.png", "f_%04d.png"),
        ("c{index}/f_##.tif", "c0/f_##.tif"),
    ],
)
def test_sequences_are_planned_of_templates(pattern: str, output: str, tmp_path: Path) -> None:
    spec = plan_job(request(tmp_path, frames="", total=10, chunk_output=pattern, name="shot", output="film.mp4"))
    assert spec.chunks[0].output_file == output
    assert parse_command(spec.chunks[0].command)[2] == output


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"total": 5}, "either a frame list or"),
        ({"frames": "5-1"}, "holds no frame"),
        ({"frames": "1-4", "chunk_output": "q_{index}_####.png"}, "told apart by their numbers"),
        ({"frames": "1-4", "chunk_output": "all.mov", "chunk_size": 2}, "all chunks would write one file"),
        ({"chunk_output": "f_{frame:x}.png"}, "not a template"),
        ({"frames": "1-200000", "chunk_size": 1}, "at most 100000 are possible"),
    ],
)
def test_what_cannot_be_planned_is_refused(more: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match=words):
        plan_job(replace(request(tmp_path), **more))  # type: ignore[arg-type]
