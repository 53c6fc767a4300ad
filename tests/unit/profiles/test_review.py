from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from helios_gui.jobfile.command_line import join_command
from helios_gui.profiles.review import MAX_OUTSIDE_PATHS, review_job
from helios_gui.types import JobMetadata, JobSpec, RenderChunk, UserInputError
from helios_gui.utils.shown_text import plain_text

METADATA = JobMetadata(total_frames=10, fps=25, width=16, height=16)


def job(*commands: str, **more: str | None) -> JobSpec:
    chunks = tuple(
        RenderChunk(id=index, start_frame=index, frame_count=1, output_file=f"out/{index}.mov", command=command)
        for index, command in enumerate(commands)
    )
    return JobSpec(metadata=METADATA, chunks=chunks, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = (tmp_path / "job").resolve()
    folder.mkdir()
    return folder


def test_programs_are_distinct_resolved_and_counted(folder: Path) -> None:
    python = join_command([sys.executable])
    review = review_job(job(f"{python} a.py", f"{python} b.py", "no-such-renderer -o out/2.mov"), folder)
    first, second = review.programs
    assert (first.written, first.resolved, first.uses) == (sys.executable, Path(sys.executable), 2)
    assert first.example == f"{python} a.py"
    assert (second.written, second.resolved, second.uses) == ("no-such-renderer", None, 1)
    assert review.missing == (second,)
    assert review.outputs == 3


def test_program_beside_the_job_file_is_found(folder: Path) -> None:
    script = folder / "render.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (program,) = review_job(job("./render.sh"), folder).programs
    assert program.resolved == script


def test_programs_are_looked_up_where_the_profile_says(folder: Path, tmp_path: Path) -> None:
    tool = tmp_path / "tools" / "render-it"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    (lost,) = review_job(job("render-it"), folder).programs
    assert (lost.resolved, lost.problem) == (None, "The program 'render-it' was not found.")
    assert "Install it" in lost.hint
    (found,) = review_job(job("render-it"), folder, search_path=str(tool.parent)).programs
    assert (found.resolved, found.hint) == (tool, "")


def test_what_only_a_shell_would_act_on_is_told(folder: Path) -> None:
    review = review_job(job("render ~/a.blend", "render ~/a.blend", merge_command="glue $HOME/x"), folder)
    assert len(review.shell_habits) == 2


def test_only_an_unrecognised_merge_command_is_a_program(folder: Path, emitted_job: Path) -> None:
    ours = review_job(job("render 0", merge_command="helios merge final.mp4 out/0.mov"), folder)
    assert [program.written for program in ours.programs] == ["render"]
    assert ours.merge_program is None
    assert ours.output == folder / "final.mp4"
    unlike = review_job(job("render 0", merge_command="./evil/helios merge final.mp4 other.mov"), folder)
    assert unlike.merge_program is not None
    assert unlike.merge_program.written == "./evil/helios"
    theirs = review_job(job("render 0", merge_command="glue out/0.mov", output_file="film.mov"), folder)
    assert [program.written for program in theirs.programs] == ["render", "glue"]
    assert theirs.merge_program == theirs.programs[1]
    assert theirs.output == folder / "film.mov"


def test_paths_outside_the_folder_are_listed_once(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path.resolve() / "shared.exr"
    (folder / "link").symlink_to("/etc")
    (folder / "inside").mkdir()
    commands = [
        f"render {outside} inside/a.png {folder}/b.png inside/../c.png",
        "render ../shared.exr --font=/fonts/a.ttf link/passwd file:///media/clip.mov",
        f"render file:{outside} -f /dev/null http://example.com/a/../../b 1/2 ..",
    ]
    review = review_job(job(*commands), folder)
    assert set(review.outside_paths) == {
        outside,
        Path("/fonts/a.ttf"),
        Path(os.path.realpath("/etc")) / "passwd",
        Path("/media/clip.mov"),
        tmp_path.resolve(),
    }
    assert review.outside_more == 0


def test_home_written_as_a_tilde_is_outside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    review = review_job(job("render ~/secret ~nobody-of-that-name.mov"), folder)
    assert review.outside_paths == (Path("/home/somebody/secret"),)


def test_output_and_merge_inputs_outside_are_listed(folder: Path) -> None:
    review = review_job(job("render 0", merge_command="helios merge ../final.mp4 /elsewhere/0.mov"), folder)
    assert set(review.outside_paths) == {folder.parent / "final.mp4", Path("/elsewhere/0.mov")}


def test_list_of_outside_paths_is_bounded(folder: Path) -> None:
    review = review_job(job(*(f"render /elsewhere/{index}" for index in range(MAX_OUTSIDE_PATHS + 7))), folder)
    assert len(review.outside_paths) == MAX_OUTSIDE_PATHS
    assert review.outside_more == 7


def test_fingerprint_changes_with_commands_merge_and_folder_only(folder: Path, tmp_path: Path) -> None:
    review = review_job(job("render 0", "render 1", merge_command="glue"), folder)
    same = review_job(job("render 0", "render 1", merge_command="glue", name="Other name"), folder)
    assert same.fingerprint == review.fingerprint
    others = [
        review_job(job("render 0", "render 2", merge_command="glue"), folder),
        review_job(job("render 1", "render 0", merge_command="glue"), folder),
        review_job(job("render 0", "render 1"), folder),
        review_job(job("render 0", "render 1", "glue"), folder),
        review_job(job("render 0", "render 1", merge_command="glue"), tmp_path),
    ]
    assert len({other.fingerprint for other in [review, *others]}) == len(others) + 1


def test_fingerprint_changes_with_the_places_outside_the_folder(folder: Path) -> None:
    def fingerprint(output: str) -> str:
        return review_job(job("render", output_file=output), folder).fingerprint

    assert fingerprint("film.mp4") == fingerprint("other.mp4")
    assert len({fingerprint("film.mp4"), fingerprint("../film.mp4"), fingerprint("/films/film.mp4")}) == 3
    review = review_job(job("render", output_file="../film.mp4"), folder)
    assert review.outside_outputs == (str(folder.parent / "film.mp4"),)


def test_fingerprint_is_that_of_the_real_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "shortcut").symlink_to(folder)
    spec = job("render 0")
    assert review_job(spec, tmp_path / "shortcut").fingerprint == review_job(spec, folder).fingerprint


def test_command_with_an_open_quote_is_refused(folder: Path) -> None:
    with pytest.raises(UserInputError):
        review_job(job("render 'oops"), folder)


def test_plain_text_shows_what_would_hide() -> None:
    assert plain_text("render\u202egpj.sh\n\x1b[2J größe") == "render\\u202egpj.sh\\n\\x1b[2J größe"
