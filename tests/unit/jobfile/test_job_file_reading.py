"""Which files are read as job files, how they are saved, and what large ones cost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from helios_gui.jobfile.job_files import build_job, find_job_files, load_job, parse_job, save_job
from helios_gui.jobfile.limits import MOST_BYTES
from helios_gui.types import JobFileError, UserInputError
from tests.support.job_documents import FOLDER, SOURCE, plain_job, problems_of


@pytest.mark.skipif(os.name == "nt", reason="links need privileges")
def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder, outside = tmp_path / "job", tmp_path / "outside"
    (folder / "real").mkdir(parents=True)
    (folder / "folder.mov").mkdir()
    outside.mkdir()
    (folder / "out").symlink_to(outside)
    (folder / "in").symlink_to(folder / "real")
    (folder / "file.mov").symlink_to(outside / "file.mov")
    (folder / "kept.mov").symlink_to(folder / "real" / "kept.mov")
    job = plain_job([1] * 6)
    for chunk, name in zip(
        job["chunks"], ["out/a.mov", "in/a.mov", "file.mov", "kept.mov", "folder.mov", "out/x/y/b.mov"], strict=True
    ):
        chunk["outputFile"] = name
    problems = problems_of(job, str(folder / "job.json"), folder)
    assert list(problems) == [f"chunks[{index}].outputFile" for index in (0, 2, 4, 5)]
    assert "link" in problems["chunks[0].outputFile"]
    assert "folder" in problems["chunks[4].outputFile"]
    (tmp_path / "alias").symlink_to(folder)
    job["chunks"] = [{**job["chunks"][1], "startFrame": 0}]
    job["metadata"]["totalFrames"] = 1
    assert parse_job(json.dumps(job).encode(), "x", tmp_path / "alias").chunks


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"name: Titles\nchunks:\n", "is no JSON text, which starts with {"),
        (b"// mine\n{}", "has a comment in line 1 column 1; JSON has none: remove it"),
        (b'{\n  "a": 1 # one\n}', "has a comment in line 2 column 10; JSON has none: remove it"),
        (b'{"a": [1, 2,]}', "has a comma too many near line 1 column"),
        (b'{"a": 1,\n}', "has a comma too many near line"),
        (b"{'a': 1}", 'has other quotation marks than " in line 1 column 2'),
        (b'{"a": 1,\n  "b" 2}', "is not JSON: a colon (:) is expected: line 2 column 7"),
        (b'{"a":\n "\xff"}', "is not UTF-8 text: line 2 column 3"),
        ('{"ü": "'.encode() + b'\xe9"}', "is not UTF-8 text: line 1 column 8"),
        ("{}".encode("utf-16"), "is UTF-16 text"),
        (b"[" * 100_000, "levels deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "levels deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "thousands of digits"),
        (b"[]", "must be an object, not a list"),
        (b"null", "must be an object, not null"),
        (b"NaN", "must be an object, not NaN"),
    ],
)
def test_what_is_no_json_object_is_refused_with_its_place(data: bytes, message: str) -> None:
    assert any(message in text for text in problems_of(data).values())


@pytest.mark.parametrize(
    ("place", "key", "meant"),
    [
        ((), "outputfile", "outputFile"),
        ((), "merge-command", "mergeCommand"),
        (("metadata",), "FPS", "fps"),
        (("metadata",), "TotalFrames", "totalFrames"),
        (("chunks", 0), "start frame", "startFrame"),
    ],
)
def test_keys_that_are_nearly_right_are_named(place: tuple[str | int, ...], key: str, meant: str) -> None:
    job = plain_job([10])
    job["outputFile"] = "film.mp4"
    job["mergeCommand"] = ""
    part: Any = job
    for step in place:
        part = part[step]
    part[key] = part.pop(meant)
    assert f"is written '{meant}' in job files" in problems_of(json.dumps(job).encode()).values()
    part[meant] = part[key]
    assert parse_job(json.dumps(job).encode(), SOURCE, FOLDER)


def test_a_byte_order_mark_is_told_with_all_other_problems() -> None:
    job = plain_job([10])
    job["chunks"][0]["command"] = ""
    problems = problems_of(b"\xef\xbb\xbf" + json.dumps(job).encode())
    assert "byte-order mark" in problems[""]
    assert "chunks[0].command" in problems


def test_keys_given_twice_are_refused() -> None:
    text = (
        json.dumps(plain_job([10])).replace('"id": 0', '"id": 5, "id": 0, "id": 0').replace('"fps"', '"fps": 25, "fps"')
    )
    problems = problems_of(text.encode())
    assert problems == {"metadata.fps": "is given more than once", "chunks[0].id": "is given more than once"}


def test_files_that_cannot_be_job_files_are_refused_unread(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    for path, message in [(large, "64.0 MB large"), (tmp_path, "not a file"), (tmp_path / "gone", "No such file")]:
        with pytest.raises(JobFileError, match=message) as caught:
            load_job(path)
        assert str(path) in str(caught.value)
    with pytest.raises(JobFileError, match=r"64\.0 MB large"):
        parse_job(bytes(MOST_BYTES + 1), SOURCE, FOLDER)


def test_the_job_file_itself_is_protected_under_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "shot.json"
    job = plain_job([10])
    job["chunks"][0]["outputFile"] = "Shot.json"
    path.write_text(json.dumps(job))
    with pytest.raises(
        JobFileError, match=r"chunks\[0\]\.outputFile: differs only in letter case.*the job file itself"
    ):
        load_job(path)


def test_a_saved_job_is_the_same_job(tmp_path: Path) -> None:
    spec = build_job({**plain_job([10, 5], start=7), "x": None}, SOURCE, FOLDER)
    save_job(spec, tmp_path / "new" / "job.json")
    assert load_job(tmp_path / "new" / "job.json") == spec
    with pytest.raises(UserInputError, match="cannot be written"):
        save_job(spec, tmp_path / "new")


def test_many_chunks_cost_no_more_than_their_number() -> None:
    """Counted in calls, not seconds: five times the chunks may not take much more than five times the work."""
    import sys

    def work(chunks: int) -> int:
        data, calls = json.dumps(plain_job([1] * chunks)).encode(), 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            parse_job(data, SOURCE, FOLDER)
        finally:
            sys.setprofile(None)
        return calls

    assert work(1000) < 6 * work(200)


def test_twenty_thousand_chunks_load() -> None:
    job = plain_job([1])
    chunk = job["chunks"][0]
    job["chunks"] = [{**chunk, "id": i, "startFrame": i, "outputFile": f"p/{i % 100}/{i}.mov"} for i in range(20_000)]
    job["metadata"]["totalFrames"] = 20_000
    assert len(parse_job(json.dumps(job).encode(), SOURCE, FOLDER).chunks) == 20_000


def test_job_files_are_found_in_folders(tmp_path: Path) -> None:
    job = json.dumps(plain_job([10]))
    for name in ["b/shot.helios.json", "a/x.heliosjob", "job.json", "b/other.JSON", "zz.json"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(job)
    for name in ["package.json", "b/readme.txt", "node_modules/job.json", ".git/job.json", "b/.hidden.json"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"name": "chunks"}' if name == "package.json" else job)
    found = find_job_files([tmp_path / "b" / "readme.txt", tmp_path / "gone", tmp_path, tmp_path / "job.json"])
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "b/readme.txt",
        "gone",
        "a/x.heliosjob",
        "b/other.JSON",
        "b/shot.helios.json",
        "job.json",
        "zz.json",
    ]
