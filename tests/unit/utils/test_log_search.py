"""Searching the logs of jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.utils.log_search import jobs_with_text


def nothing() -> None:
    pass


def write(root: Path, job: str, content: bytes, name: str = "chunk-0-attempt-1.log") -> None:
    (root / job).mkdir(parents=True, exist_ok=True)
    (root / job / name).write_bytes(content)


def test_finds_a_text_in_any_log_of_a_job(tmp_path: Path) -> None:
    write(tmp_path, "a", b"Saved: frame 1\n")
    write(tmp_path, "b", b"fine\n")
    write(tmp_path, "b", b"Error: CUDA Out Of Memory\n", "chunk-3-attempt-2.log")
    write(tmp_path, "c", "Fehler: größer".encode())
    jobs = ["a", "b", "c", "gone"]
    assert list(jobs_with_text(tmp_path, jobs, "cuda out of memory", nothing)) == ["b"]
    assert list(jobs_with_text(tmp_path, jobs, "größer", nothing)) == ["c"]
    assert list(jobs_with_text(tmp_path, ["a"], "CUDA", nothing)) == []
    assert list(jobs_with_text(tmp_path, jobs, "", nothing)) == []


@pytest.mark.parametrize("before", [256 * 1024 - 3, 256 * 1024, 512 * 1024 - 1])
def test_finds_what_lies_across_two_blocks(tmp_path: Path, before: int) -> None:
    write(tmp_path, "a", b"x" * before + b"NEEDLE" + b"y" * 100)
    assert list(jobs_with_text(tmp_path, ["a"], "needle", nothing)) == ["a"]


def test_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    write(tmp_path, "a", b"x" * 2_000_000)
    calls = []

    def check() -> None:
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(jobs_with_text(tmp_path, ["a"], "needle", check))
