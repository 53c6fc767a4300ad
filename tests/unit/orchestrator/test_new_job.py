"""What enters the engine is checked and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.types import JobExecutionOptions, UserInputError
from tests.support.jobs import text_job


@pytest.mark.parametrize(
    ("own", "source", "name"),
    [
        ("Titles", "x.json", "Titles"),
        (None, "opening.helios.json", "opening"),
        (None, "job.json", "folder"),
        (None, None, "folder"),
    ],
)
def test_names(own: str | None, source: str | None, name: str) -> None:
    options = JobExecutionOptions(job_dir=Path("/some/folder"), source=Path(source) if source else None)
    assert make_live_job("id", text_job(1).model_copy(update={"name": own}), options).name == name


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    job = make_live_job("id", text_job(1), JobExecutionOptions(job_dir=Path("work"), output=Path("out.mp4")))
    assert job.options.job_dir == tmp_path / "work"
    assert job.output == tmp_path / "out.mp4"


def test_chunks_that_are_not_there() -> None:
    spec = text_job(2)
    chunks = tuple(chunk.model_copy(update={"id": 10 * chunk.id + 3}) for chunk in spec.chunks)
    with pytest.raises(UserInputError, match="has no chunk 0, 4") as caught:
        make_live_job("id", spec.model_copy(update={"chunks": chunks}), JobExecutionOptions(chunk_ids=(13, 4, 0)))
    assert caught.value.hint == "Its chunks are 3, 13."
    with pytest.raises(UserInputError) as caught:
        make_live_job("id", text_job(9), JobExecutionOptions(chunk_ids=(9,)))
    assert caught.value.hint == "Its chunks are 0, 1, 2, 3, 4 … 8."


def test_a_folder_whose_name_is_no_text() -> None:
    with pytest.raises(UserInputError, match="no text"):
        make_live_job("id", text_job(1), JobExecutionOptions(job_dir=Path("/studio/\udcff")))
