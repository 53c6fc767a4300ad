"""Output names that could only fail, or do harm, are refused when the job is read."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import Any

import pytest

from helios_gui.jobfile.job_files import build_job
from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.output_names import check_final_output, check_video_suffix
from helios_gui.jobfile.sequence_patterns import find_sequence_pattern
from helios_gui.types import JobFileError, UserInputError


def _document(command: str = "cp clip.mp4 part_0.mp4", part: str = "part_0.mp4", **more: object) -> dict[str, Any]:
    chunk = {"id": 0, "startFrame": 0, "frameCount": 3, "outputFile": part, "command": command}
    return {"metadata": {"totalFrames": 3, "fps": 30, "width": 64, "height": 64}, "chunks": [chunk], **more}


@pytest.mark.parametrize(
    "name",
    [
        "b/%5d.png",
        "%i.png",
        "a_@@@.tif",
        "a.$F4.exr",
        "$F.png",
        "a_<f4>.exr",
        "a.<Frame04>.exr",
        "%04d/part.mov",
        "part_####.mov",
        "a_%04d.mp4",
        "a_####_%d.png",
        "a_####.bmp",
    ],
)
def test_patterns_that_are_not_known_or_not_of_pictures_are_refused_where_they_are_read(
    name: str, tmp_path: Path
) -> None:
    for document in (
        _document(part=name),
        _document(outputFile=name),
        _document(mergeCommand=f"helios merge '{name}' part_0.mp4"),
    ):
        with pytest.raises(JobFileError, match="pattern of a sequence of files"):
            build_job(document, "job.json", tmp_path)


@pytest.mark.parametrize(
    "name", ["a_%04d.png", "a_%d.exr", "a_####.png", "a.#.EXR", "b/{frame}.tiff", "{frame:04}.webp", "x ## y.dpx"]
)
def test_patterns_of_image_sequences_are_outputs_of_chunks(name: str, tmp_path: Path) -> None:
    build_job(_document(part=name), "job.json", tmp_path)
    build_job(_document(part=name, outputFile=name), "job.json", tmp_path)
    with pytest.raises(JobFileError, match="is an image sequence, but chunk 0 writes"):
        build_job(_document(outputFile=name), "job.json", tmp_path)
    with pytest.raises(JobFileError, match="in a folder"):
        build_job(_document(part=f"####/{name}"), "job.json", tmp_path)


@pytest.mark.parametrize(
    "name",
    ["100%.mov", "shot #1.mov", "a@b.mov", "$FOO.mov", "take_%s.mov", "<form>.mov", "#.mov", "shot #.mov"],
)
def test_names_that_only_resemble_patterns_are_used(name: str, tmp_path: Path) -> None:
    assert find_sequence_pattern(name) is None
    build_job(_document(part=name), "job.json", tmp_path)


@pytest.mark.parametrize("name", ["Shot ## 3", "50%d", "a_#", "take $F4", "@@", "####"])
def test_a_video_named_after_its_job_is_no_pattern(name: str) -> None:
    assert find_sequence_pattern(f"{file_stem(name)}.mp4") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("final", "has no suffix"),
        ("final.xyz", "no kind of video"),
        ("final.mp4 ", "no kind of video"),
        ("final.png", "no kind of video"),
        (".mp4", "has no suffix"),
        ("o" * 252 + ".mp4", "File name too long"),
    ],
)
def test_a_finished_video_that_cannot_be_stitched_is_refused(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(JobFileError, match=words):
        build_job(_document(outputFile=name), "job.json", tmp_path)
    with pytest.raises(JobFileError, match=words):
        build_job(_document(mergeCommand=f"helios merge '{name}' part_0.mp4"), "job.json", tmp_path)
    with pytest.raises(UserInputError, match=words):
        check_final_output(tmp_path / name, build_job(_document(), "job.json", tmp_path), tmp_path)


def test_a_merge_command_of_the_jobs_own_may_make_anything(tmp_path: Path) -> None:
    build_job(_document(outputFile="final.zip", mergeCommand="zip final.zip part_0.mp4"), "job.json", tmp_path)
    build_job(_document(mergeCommand="helios merge final part_0.mp4 other.mp4"), "job.json", tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        "cp footage.mp4 part_0.mp4",
        "ff -i ./footage.mp4 part_0.mp4",
        "r --in=footage.mp4 part_0.mp4",
        "r x/../footage.mp4 part_0.mp4",
        "r FOOTAGE.mp4 part_0.mp4",
        "r file:footage.mp4 part_0.mp4",
        "sh -c 'cp footage.mp4 part_0.mp4'",
        "sh -c 'r <footage.mp4 >part_0.mp4'",
    ],
)
def test_footage_is_never_the_finished_video(command: str, tmp_path: Path) -> None:
    for document in (
        _document(command, outputFile="footage.mp4"),
        _document(command, mergeCommand="helios merge footage.mp4 part_0.mp4"),
        _document(command, outputFile="footage.mp4", mergeCommand="python3 join.py"),
    ):
        with pytest.raises(JobFileError, match="is read by the command of chunk 0"):
            build_job(document, "job.json", tmp_path)
    spec = build_job(_document(command), "job.json", tmp_path)
    with pytest.raises(UserInputError, match="is read by the command of chunk 0"):
        check_final_output(tmp_path / "footage.mp4", spec, tmp_path)


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_footage_is_found_under_any_name(link: Any, tmp_path: Path) -> None:
    (tmp_path / "footage.mp4").write_bytes(b"all there is")
    link(tmp_path / "footage.mp4", tmp_path / "final.mp4")
    (tmp_path / "same").symlink_to(tmp_path)
    spec = build_job(_document("cp footage.mp4 part_0.mp4"), "job.json", tmp_path)
    for output in (tmp_path / "final.mp4", tmp_path / "same" / "footage.mp4"):
        with pytest.raises(UserInputError, match="is read by the command of chunk 0"):
            check_final_output(output, spec, tmp_path)
    check_final_output(tmp_path / "new.mp4", spec, tmp_path)


def _two_chunks(first: str, second: str, parts: tuple[str, str] = ("a.mp4", "b.mp4"), **more: object) -> dict[str, Any]:
    chunks = [
        {"id": index, "startFrame": index * 3, "frameCount": 3, "outputFile": part, "command": command}
        for index, (part, command) in enumerate(zip(parts, (first, second), strict=True))
    ]
    return {"metadata": {"totalFrames": 6, "fps": 30, "width": 64, "height": 64}, "chunks": chunks, **more}


@pytest.mark.parametrize(
    ("parts", "reader"),
    [
        (("a.mp4", "footage.mp4"), "cp footage.mp4 a.mp4"),
        (("a.mp4", "x/footage.mp4"), "sh -c 'cp ./x/FOOTAGE.mp4 a.mp4'"),
        (("a.mp4", "my footage.mp4"), "r '--in=my footage.mp4' a.mp4"),
        (("a/part.mp4", "b/part.mp4"), "cp b/part.mp4 a/part.mp4"),
    ],
)
def test_a_chunk_does_not_replace_what_another_one_reads(parts: tuple[str, str], reader: str, tmp_path: Path) -> None:
    with pytest.raises(
        JobFileError, match=r"chunks\[1\].outputFile: is read by the command of chunk 0, and chunks run"
    ):
        build_job(_two_chunks(reader, f"cp c.mp4 '{parts[1]}'", parts), "job.json", tmp_path)


def test_chunks_may_name_their_own_output_often_and_share_sequences(tmp_path: Path) -> None:
    build_job(_two_chunks("r a.mp4 ./a.mp4 x/a.mp4 b.mov", "r b.mp4 --log=b.mp4 aa.mp4"), "job.json", tmp_path)
    frames = ("f_%04d.png", "f_%04d.png")
    build_job(_two_chunks("r f_%04d.png", "r f_%04d.png f_####.png", frames), "job.json", tmp_path)


@pytest.mark.parametrize(
    ("parts", "more", "words"),
    [
        (("a.mp4", "footage.mp4"), {}, "is also one of the inputFiles"),
        (("a.mp4", "b.mp4"), {"outputFile": "Footage.mp4"}, "differs only in letter case"),
        (("f_%04d.png", "f_%04d.png"), {}, "would write f_0004.png, which is one of the inputFiles"),
    ],
)
def test_no_output_replaces_an_input_file(
    parts: tuple[str, str], more: dict[str, object], words: str, tmp_path: Path
) -> None:
    document = _two_chunks("r", "r", parts, inputFiles=["x/../footage.mp4", "f_0004.png"], **more)
    with pytest.raises(JobFileError, match=words):
        build_job(document, "job.json", tmp_path)


def test_a_finished_video_is_no_chunk_and_no_folder(tmp_path: Path) -> None:
    spec = build_job(_document(), "job.json", tmp_path)
    (tmp_path / "same").symlink_to(tmp_path)
    (tmp_path / "folder.mp4").mkdir()
    for name in ("part_0.mp4", "./part_0.mp4", "PART_0.mp4", "same/part_0.mp4", "job.mp4"):
        with pytest.raises(UserInputError, match="file of the job itself"):
            check_final_output(tmp_path / name, spec, tmp_path, tmp_path / "job.mp4")
    with pytest.raises(UserInputError, match="is a folder"):
        check_final_output(tmp_path / "folder.mp4", spec, tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_finished_video_goes_where_files_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    spec = build_job(_document(), "job.json", tmp_path)
    with pytest.raises(UserInputError, match="cannot be created or written to"):
        check_final_output(tmp_path / "closed" / "new" / "final.mp4", spec, tmp_path)


def test_every_suffix_of_a_video_will_do() -> None:
    assert [check_video_suffix(PurePath(f"a{suffix}")) for suffix in (".mp4", ".MOV", ".mkv", ".webm", ".gif")] == [
        None
    ] * 5
