from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.jobfile.job_files import build_job, load_job, parse_job
from helios_gui.jobfile.outside_outputs import find_outside_outputs, fold_numbered
from helios_gui.types import JobFileError
from tests.support.job_documents import FOLDER, SOURCE, plain_job, problems_of

NAMES = st.text("abcdefghijklmnop_-.é ", min_size=1, max_size=8).filter(lambda name: name.strip(". "))
EXTRA_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
EXTRAS = st.dictionaries(st.text(min_size=1).map(lambda key: f"x-{key}") | st.just("chunk"), EXTRA_VALUES, max_size=3)


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    job = plain_job(draw(st.lists(st.integers(1, 500), min_size=1, max_size=6)), draw(st.integers(0, 10**6)))
    ids = draw(st.permutations(range(len(job["chunks"]))))
    for chunk, identity in zip(job["chunks"], ids, strict=True):
        chunk.update(draw(EXTRAS), id=identity)
    job.update(draw(EXTRAS))
    job["metadata"].update(draw(EXTRAS), fps=draw(st.sampled_from([24, 29.97, 30, 59.94, 1000])))
    job.update(draw(st.fixed_dictionaries({}, optional={"name": st.text(), "id": st.text(), "assetsUrl": st.none()})))
    if draw(st.booleans()):
        job["outputFile"] = draw(NAMES) + "-final.mp4"
    if draw(st.booleans()):
        job["mergeCommand"] = "helios merge 'the end.mp4' " + " ".join(c["outputFile"] for c in job["chunks"])
    return job


def test_a_job_helios_wrote_loads_unchanged(emitted_job: Path) -> None:
    spec = load_job(emitted_job)
    assert [chunk.frame_count for chunk in spec.chunks] == [38, 38, 38, 36]
    assert json.loads(spec.to_json()) == json.loads(emitted_job.read_text())


@given(jobs())
def test_any_valid_job_loads_and_round_trips(job: dict[str, Any]) -> None:
    spec = parse_job(json.dumps(job).encode(), SOURCE, FOLDER)
    assert json.loads(spec.to_json()) == job
    assert parse_job(spec.to_json().encode(), SOURCE, FOLDER) == spec
    assert build_job(job, SOURCE, FOLDER) == spec


NOT_WHOLE = [-1, 1.5, 2.0, float("nan"), float("inf"), "5", None, True, [], {}, 2**31, 10**400]
NOT_A_RATE = [0, -1, float("nan"), float("inf"), "thirty", None, True, 1001, 10**400]
NOT_INSIDE = ["/x.mov", "\\x.mov", "C:\\x.mov", "C:x.mov", "../x", "a/../../x", "a\\..\\..\\x", "a/../x", "", ".", "a/"]
GONE = object()
BAD_VALUES: dict[str, list[object]] = {
    "chunks[#].id": [GONE, *NOT_WHOLE],
    "chunks[#].startFrame": [GONE, *NOT_WHOLE],
    "chunks[#].frameCount": [GONE, 0, *NOT_WHOLE],
    "chunks[#].command": [GONE, "", "  ", "tool 'x", "a && b", "tool\0", None, 3, ["tool"], "\ud800"],
    "chunks[#].outputFile": [GONE, *NOT_INSIDE, "x\0", None, 3, "job.json", "./JOB.json", "x" * 300],
    "chunks[#].start_frame": [5],
    "chunks[#].x": ["\udc00"],
    "metadata.totalFrames": [GONE, 0, *NOT_WHOLE],
    "metadata.width": [GONE, 0, *NOT_WHOLE],
    "metadata.height": [GONE, 0, *NOT_WHOLE],
    "metadata.fps": [GONE, *NOT_A_RATE],
    "metadata": [GONE, None, 3, "x", []],
    "chunks": [GONE, None, 3, "x", [], {}],
    "outputFile": [*NOT_INSIDE, 3, "job.json"],
    "output_file": ["x.mp4"],
    "mergeCommand": ["helios merge 'x.mp4", "cat a > b", "helios merge ../x.mp4 a.mov", "helios merge /x a", 3],
    "progressPattern": ["(", r"frame (\d+)", r"(?P<total>\d+)", 3],
    "x": [float("-inf")],
}
CORRUPTIONS = [(path, value) for path, values in BAD_VALUES.items() for value in values]


def _corrupt(job: dict[str, Any], path: str, index: int, value: object) -> None:
    part, dot, key = path.partition(".")
    target = job if not dot else job["metadata"] if part == "metadata" else job["chunks"][index]
    if value is GONE:
        del target[key or part]
    else:
        target[key or part] = value


@given(jobs(), st.sampled_from(CORRUPTIONS), st.data())
def test_any_single_corruption_is_refused_naming_its_path(
    job: dict[str, Any], corruption: tuple[str, object], data: st.DataObject
) -> None:
    path, value = corruption
    index = data.draw(st.integers(0, len(job["chunks"]) - 1))
    damaged = copy.deepcopy(job)
    _corrupt(damaged, path, index, value)
    assert path.replace("#", str(index)) in problems_of(damaged)


@pytest.mark.parametrize("path", BAD_VALUES)
def test_every_corruption_is_told_once(path: str) -> None:
    for value in BAD_VALUES[path]:
        job = plain_job([10, 10, 10])
        _corrupt(job, path, 1, value)
        with pytest.raises(JobFileError) as caught:
            parse_job(json.dumps(job).encode(), SOURCE, FOLDER)
        assert [problem.path for problem in caught.value.problems].count(path.replace("#", "1")) == 1, value


@pytest.mark.parametrize("pattern", [r"at (?P<frame>\d+)", r"at (?<frame>\d+)", r"(?P<percent>\d+) ?%"])
def test_every_pattern_that_can_be_read_for_progress_is_taken(pattern: str) -> None:
    job = parse_job(json.dumps({**plain_job([10]), "progressPattern": pattern}).encode(), SOURCE, FOLDER)
    assert job.progress_pattern == pattern


@given(jobs().filter(lambda job: len(job["chunks"]) > 1), st.data())
def test_chunks_that_clash_are_refused(job: dict[str, Any], data: st.DataObject) -> None:
    chunks = job["chunks"]
    index = data.draw(st.integers(1, len(chunks) - 1))
    key = data.draw(st.sampled_from(["id", "outputFile"]))
    chunks[index][key] = chunks[index - 1][key]
    problems = problems_of(job)
    assert list(problems) == [f"chunks[{index}].{key}"]
    assert f"chunks[{index - 1}]" in problems[f"chunks[{index}].{key}"]


@given(jobs().filter(lambda job: len(job["chunks"]) > 1), st.data(), st.integers(-5, 5).filter(bool))
def test_gaps_and_overlaps_are_refused(job: dict[str, Any], data: st.DataObject, shift: int) -> None:
    index = data.draw(st.integers(1, len(job["chunks"]) - 1))
    for chunk in job["chunks"][index:]:
        chunk["startFrame"] += shift + 5 if shift > 0 else shift
    negative = any(chunk["startFrame"] < 0 for chunk in job["chunks"])
    problems = problems_of(job)
    assert f"chunks[{index}].startFrame" in problems
    if not negative:
        assert ("gap" if shift > 0 else "overlap") in problems[f"chunks[{index}].startFrame"]
        assert len(problems) == 1


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["metadata", "chunks", "id", "fps", "command", "outputFile"]), inner)
    ),
)


@given(JSON_VALUES.map(lambda value: json.dumps(value).encode()) | st.binary() | st.text().map(str.encode))
def test_no_content_does_worse_than_job_file_error(data: bytes) -> None:
    with pytest.raises(JobFileError):
        parse_job(data, SOURCE, FOLDER)


@given(jobs(), st.data())
def test_no_damaged_job_does_worse_than_job_file_error(job: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(job).encode()
    place = data.draw(st.integers(0, len(text)))
    damaged = text[:place] + data.draw(st.binary(max_size=4)) + text[place + data.draw(st.integers(0, 4)) :]
    try:
        spec = parse_job(damaged, SOURCE, FOLDER)
    except JobFileError:
        return
    assert spec.chunks


def test_every_problem_is_told_at_once_in_the_files_order() -> None:
    job = plain_job([10, 10, 10, 10, 10])
    chunks = job["chunks"]
    chunks[0]["command"] = ""
    chunks[1]["frameCount"] = 1.5
    chunks[3].update(id=2, startFrame=31, outputFile="PARTS/0.mov")
    chunks[4].update(startFrame=41, command="tool 'x", outputFile="../x")
    job["metadata"]["fps"] = -1
    job.update(mergeCommand="'", progressPattern="x", outputFile="parts/2.mov")
    assert list(problems_of(job)) == [
        "metadata.fps",
        "chunks[0].command",
        "chunks[1].frameCount",
        "chunks[2].outputFile",
        "chunks[3].id",
        "chunks[3].startFrame",
        "chunks[4].command",
        "chunks[4].outputFile",
        "mergeCommand",
        "progressPattern",
    ]


def test_a_chunk_that_cannot_be_read_is_no_gap() -> None:
    job = plain_job([10, 10, 10])
    job["chunks"][1]["frameCount"] = "10"
    assert list(problems_of(job)) == ["chunks[1].frameCount"]


def test_messages_name_what_is_wrong_and_where() -> None:
    job = plain_job([10, 10])
    job["chunks"][1].update(startFrame=12, outputFile="parts/0.MOV", frameCount="10")
    job["chunks"][0]["frameCount"] = 0
    del job["metadata"]["width"]
    problems = problems_of(job)
    assert problems["metadata.width"] == "is missing"
    assert problems["chunks[0].frameCount"] == "must be at least 1, not 0"
    assert problems["chunks[1].frameCount"] == 'must be a whole number, not "10"'
    job = plain_job([10, 10])
    job["chunks"][1].update(startFrame=12, outputFile="parts/0.MOV")
    job["metadata"]["totalFrames"] = 21
    problems = problems_of(job)
    assert problems["chunks[1].startFrame"] == "is 12, but chunks[0] ends with frame 9: a gap"
    assert problems["chunks[1].outputFile"].startswith("differs only in letter case from 'parts/0.mov' (the output of")
    assert problems["metadata.totalFrames"] == "is 21, but the chunks hold 20 frames"


def test_one_name_in_two_spellings_is_one_file() -> None:
    job = plain_job([10, 10, 10])
    job["chunks"][1]["outputFile"] = "./parts//0.mov"
    job["chunks"][2]["outputFile"] = "parts\\0.mov"
    assert list(problems_of(job)) == ["chunks[1].outputFile", "chunks[2].outputFile"]


def test_the_finished_video_is_no_chunks_output() -> None:
    job = plain_job([10, 10])
    job["mergeCommand"] = "helios merge parts/1.mov parts/0.mov parts/1.mov"
    assert problems_of(job) == {"chunks[1].outputFile": "is also the finished video"}


def test_a_merge_of_another_program_may_do_as_it_likes() -> None:
    job = {**plain_job([10]), "mergeCommand": "cat ../x parts/0.mov"}
    assert build_job(job, SOURCE, FOLDER).merge_command == "cat ../x parts/0.mov"


@pytest.mark.parametrize("command", ["", "  ", "\t\n"])
def test_a_blank_merge_command_is_none(command: str) -> None:
    job = {**plain_job([10]), "mergeCommand": command}
    assert build_job(job, SOURCE, FOLDER).merge_command is None
    job["metadata"]["width"] = 0
    assert list(problems_of(job)) == ["metadata.width"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
class TestOutputsOutside:
    """What ``helios render -o out/film.mp4 --emit-job jobs/job.json`` writes, and absolute outputs."""

    def test_they_are_read_where_they_are_asked_for(self, tmp_path: Path) -> None:
        job = {**plain_job([10, 10]), "mergeCommand": "helios merge ../out/film.mp4 ../out/0.mov /films/1.mov"}
        job["chunks"][0]["outputFile"] = "../out/0.mov"
        job["chunks"][1]["outputFile"] = "/films/1.mov"
        (tmp_path / "jobs").mkdir()
        path = tmp_path / "jobs" / "job.json"
        path.write_text(json.dumps(job))
        with pytest.raises(JobFileError) as caught:
            load_job(path)
        assert len(caught.value.problems) == 3
        spec = load_job(path, outside_outputs=True)
        assert json.loads(spec.to_json()) == job
        real = tmp_path.resolve()
        assert find_outside_outputs(spec, path.parent, path) == (
            f"{real}/out/0.mov",
            "/films/1.mov",
            f"{real}/out/film.mp4",
        )

    def test_detours_that_stay_inside_are_inside(self, tmp_path: Path) -> None:
        job = {**plain_job([10, 10]), "outputFile": str(tmp_path / "film.mp4")}
        job["chunks"][0]["outputFile"] = f"../{tmp_path.name}/0.mov"
        job["chunks"][1]["outputFile"] = "parts/../1.mov"
        spec = parse_job(json.dumps(job).encode(), str(tmp_path / "job.json"), tmp_path, outside_outputs=True)
        assert find_outside_outputs(spec, tmp_path) == ()

    @pytest.mark.parametrize(
        ("one", "other"),
        [("/films/1.mov", "/films/../films/1.mov"), ("../OUT/1.mov", "../out/1.mov"), ("0.mov", "{job_dir}/0.mov")],
    )
    def test_one_file_under_two_names_is_found(self, tmp_path: Path, one: str, other: str) -> None:
        job = plain_job([10, 10])
        job["chunks"][0]["outputFile"] = one
        job["chunks"][1]["outputFile"] = other.format(job_dir=tmp_path)
        with pytest.raises(JobFileError, match="chunks\\[0\\]"):
            parse_job(json.dumps(job).encode(), str(tmp_path / "job.json"), tmp_path, outside_outputs=True)

    @pytest.mark.parametrize(
        "name", ["C:\\x.mov", "\\\\server\\x.mov", "..\\x.mov", "../", "..", "/", "job.json", "{job_dir}/job.json"]
    )
    def test_what_cannot_be_an_output_is_refused_all_the_same(self, tmp_path: Path, name: str) -> None:
        job = plain_job([10])
        job["chunks"][0]["outputFile"] = name.format(job_dir=tmp_path)
        with pytest.raises(JobFileError):
            parse_job(json.dumps(job).encode(), str(tmp_path / "job.json"), tmp_path, outside_outputs=True)

    def test_a_link_out_of_the_folder_is_refused_unless_the_name_says_where(self, tmp_path: Path) -> None:
        folder, outside = tmp_path / "job", tmp_path / "outside"
        folder.mkdir()
        outside.mkdir()
        (folder / "out").symlink_to(outside)
        job = plain_job([10])
        for name, refused in (("out/0.mov", True), ("../outside/0.mov", False), (f"{outside}/0.mov", False)):
            job["chunks"][0]["outputFile"] = name
            data = json.dumps(job).encode()
            if refused:
                with pytest.raises(JobFileError, match="link"):
                    parse_job(data, "x", folder, outside_outputs=True)
            else:
                spec = parse_job(data, "x", folder, outside_outputs=True)
                assert find_outside_outputs(spec, folder) == (str(outside.resolve() / "0.mov"),)

    def test_numbered_ones_are_listed_together_and_none_is_left_out(self) -> None:
        paths = tuple(f"/out/part_{number}.mov" for number in range(100))
        more = ("/out/c0.mp4", "/out/c1.mp4", "/out/f.0001", "/out/f.0002")
        assert fold_numbered((*paths, "/out/film.mp4", *more, "/home/.bashrc")) == (
            "/out/part_#.mov  (100 files)",
            "/out/film.mp4",
            "/out/c#.mp4  (2 files)",
            "/out/f.#  (2 files)",
            "/home/.bashrc",
        )
