from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.jobfile.command_line import join_command
from helios_gui.jobfile.merge_command import (
    MergeRequest,
    file_stem,
    final_output,
    read_merge_output,
    recognise_merge,
    replaceable_merge,
)
from helios_gui.types import JobSpec


def _spec(**keys: object) -> JobSpec:
    chunk = {"id": 0, "startFrame": 0, "frameCount": 5, "outputFile": "a.mov", "command": "tool"}
    chunks = [chunk, {**chunk, "id": 1, "startFrame": 5, "outputFile": "parts/b.mov"}]
    metadata = {"totalFrames": 10, "fps": 30, "width": 16, "height": 16}
    return JobSpec.model_validate({"metadata": metadata, "chunks": chunks, **keys})


def test_the_merge_of_a_real_job_is_recognised(emitted_job: Path) -> None:
    spec = JobSpec.model_validate(json.loads(emitted_job.read_text()))
    request = recognise_merge(spec.merge_command)
    assert request == MergeRequest("output.mp4", tuple(c.output_file for c in spec.chunks), "", "aac", 23)
    assert replaceable_merge(spec) == request
    assert final_output(spec, Path("/job")) == Path("/job/output.mp4")


@pytest.mark.parametrize(
    "program",
    [
        "helios",
        "npx helios",
        "npx --yes helios",
        "npx @helios-project/cli",
        "./node_modules/.bin/helios",
        "'C:\\tools\\helios.cmd'",
    ],
)
def test_helios_is_recognised_by_any_way_to_it(program: str) -> None:
    assert recognise_merge(f"{program} merge o.mp4 a.mov b.mov") == MergeRequest("o.mp4", ("a.mov", "b.mov"))


@pytest.mark.parametrize(
    "arguments",
    [
        "--video-codec libx264 --audio-codec aac --quality 18 'my out.mp4' a.mov",
        "'my out.mp4' --video-codec=libx264 a.mov --audio-codec=aac --quality=18",
        "'my out.mp4' a.mov --quality 18 --audio-codec aac --video-codec=libx264",
    ],
)
def test_flags_are_understood_in_both_forms_and_any_place(arguments: str) -> None:
    assert recognise_merge(f"helios merge {arguments}") == MergeRequest("my out.mp4", ("a.mov",), "libx264", "aac", 18)


@pytest.mark.parametrize(
    "command",
    [
        None,
        "",
        "helios",
        "npx",
        "npx -y",
        "helios render o.mp4 a.mov",
        "merge o.mp4 a.mov",
        "other merge o.mp4 a.mov",
        "helios merge",
        "helios merge o.mp4",
        "helios merge o.mp4 ''",
        "helios merge o.mp4 a.mov --preset fast",
        "helios merge o.mp4 a.mov -q 5",
        "helios merge o.mp4 a.mov --quality",
        "helios merge o.mp4 a.mov --quality best",
        "helios merge o.mp4 a.mov --quality 64",
        "helios merge o.mp4 a.mov --quality=-1",
        "helios merge o.mp4 a.mov --quality 1 --quality 2",
        "helios merge o.mp4 a.mov --video-codec --quality 2",
        "helios merge o.mp4 a.mov --",
        "helios merge o.mp4 'a.mov",
        "helios merge o.mp4 a.mov && rm a.mov",
    ],
)
def test_anything_else_is_left_to_be_run_as_it_stands(command: str | None) -> None:
    assert recognise_merge(command) is None


def test_only_a_merge_of_exactly_the_chunks_may_be_replaced() -> None:
    def may_replace(inputs: str) -> bool:
        return replaceable_merge(_spec(mergeCommand=f"helios merge o.mp4 {inputs}")) is not None

    assert may_replace("./a.mov parts/b.mov")
    assert not may_replace("parts/b.mov a.mov")
    assert not may_replace("a.mov")
    assert not may_replace("intro.mov a.mov parts/b.mov")


def test_the_final_output_is_what_the_job_says_or_else_named_after_it() -> None:
    folder, source = Path("/job"), Path("/job/shot 7.helios.json")
    merge = "helios merge merged.mp4 a.mov parts/b.mov"
    assert final_output(_spec(outputFile="x/o.mov", mergeCommand=merge), folder, source) == folder / "x/o.mov"
    assert final_output(_spec(mergeCommand=merge, name="n"), folder, source) == folder / "merged.mp4"
    assert final_output(_spec(mergeCommand="cat a b", name="n"), folder, source) == folder / "n.mp4"
    assert final_output(_spec(), folder, source) == folder / "shot 7.mp4"
    assert final_output(_spec(), folder) == folder / "output.mp4"


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("ffmpeg -y -i a.mov -i parts/b.mov -filter_complex concat=n=2 film.mp4", "film.mp4"),
        ("/opt/ffmpeg/bin/ffmpeg -i a.mov -c copy /films/film.mov", "/films/film.mov"),
        ("mkvmerge -o film.mkv a.mov + parts/b.mov", "film.mkv"),
        ("join --output=film.mp4 a.mov", "film.mp4"),
        ("join --out film.mp4 -o film.mp4", "film.mp4"),
        ("join -o film.mp4 -o other.mp4", ""),
        ("join film.mp4 a.mov", ""),
        ("join -o log.txt a.mov", ""),
        ("join -o parts/b.mov", ""),
        ("ffmpeg -i film.mp4", ""),
        ("ffmpeg", ""),
        ("ffmpeg -i a.mov rtmp://host/live.mp4", ""),
        ("ffmpeg -i a.mov -f segment out_%03d.mp4", ""),
        ("helios merge film.mp4 a.mov", ""),
    ],
)
def test_what_other_merge_commands_say_that_they_write(command: str, output: str) -> None:
    spec = _spec(mergeCommand=command)
    assert read_merge_output(spec) == output
    if output:
        assert final_output(spec, Path("/job")) == Path("/job") / output
        assert final_output(_spec(mergeCommand=command, outputFile="o.mov"), Path("/job")) == Path("/job/o.mov")


def test_a_made_up_name_is_never_a_chunks() -> None:
    spec = _spec(name="Part")
    chunk = spec.chunks[0].model_copy(update={"output_file": "part.mp4"})
    assert final_output(spec.model_copy(update={"chunks": (chunk,)}), Path()) == Path("Part-final.mp4")


@given(st.text() | st.text("ü☃😀", min_size=150))
def test_any_name_becomes_a_file_name(name: str) -> None:
    stem = file_stem(name)
    assert stem
    assert not set(stem) & set('/\\:*?"<>|\0\n')
    assert Path(stem).name == stem
    assert len(stem.encode()) <= 200


@given(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), min_size=2))
def test_any_files_are_read_back_or_the_merge_is_left_alone(files: list[str]) -> None:
    request = recognise_merge(join_command(["helios", "merge", *files]))
    if any(name.startswith("-") for name in files):
        assert request is None or request.inputs != tuple(files[1:])
    else:
        assert request == MergeRequest(files[0], tuple(files[1:]))
