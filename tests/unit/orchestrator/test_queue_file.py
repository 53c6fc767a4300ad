"""Queue files: written, read again, and refused where they are not to be trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from helios_gui.jobfile.job_files import save_job
from helios_gui.orchestrator.queue_file import MOST_BYTES, StoredQueueJob, read_queue, write_queue
from helios_gui.profiles.review import review_job
from helios_gui.types import HeliosError, JobExecutionOptions, JobSpec, Priority, Standing, UserInputError
from tests.support.instant import InstantWorkers
from tests.support.jobs import open_manager, text_job


async def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    standing = Standing(priority=Priority.HIGH, group="Trailer")
    options = JobExecutionOptions(job_dir=tmp_path, profile="Studio", retries=7, overwrite=True, standing=standing)
    spec = text_job(3).model_copy(update={"name": "Größe"})
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        first = await manager.submit_job(spec, options, start=False)
        after = options.model_copy(update={"standing": Standing(after=(first,))})
        second = await manager.submit_job(text_job(1), after, start=False)
        jobs = [status for job_id in (first, second) if (status := await manager.get_job(job_id))]
    write_queue(tmp_path / "queue.json", jobs)
    one, two = read_queue(tmp_path / "queue.json")
    assert (one.key, two.key) == (first, second)
    assert one.spec == spec
    assert one.options == options.model_copy(update={"overwrite": False, "imported": True})
    assert two.options.standing.after == (first,)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not a queue"),
        ("[1]", "is not a queue"),
        ('{"chunks": []}', "is not a queue"),
        ('{"heliosQueue": 1}', "is not a queue"),
        ('{"heliosQueue": 2, "jobs": []}', "newer version"),
        ('{"heliosQueue": 1, "jobs": [7]}', "is not a queue"),
        ('{"heliosQueue": 1, "jobs": [{"job": {}, "options": {"retries": -1}}]}', "options in .* job 1"),
        ('{"heliosQueue": 1, "jobs": [{"job": {}}]}', "metadata"),
    ],
)
def test_what_is_no_queue_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "queue.json"
    path.write_text(content)
    with pytest.raises(HeliosError, match=words):
        read_queue(path)


def test_a_file_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="nowhere"):
        read_queue(tmp_path / "nowhere.json")
    (tmp_path / "nowhere").touch()
    with pytest.raises(UserInputError, match="nowhere"):
        write_queue(tmp_path / "nowhere" / "queue.json", [])


def test_a_job_may_not_bring_commands_past_the_rules(tmp_path: Path) -> None:
    """The rules for job files hold: frames that overlap, outputs written twice."""
    spec = json.loads(text_job(2).to_json())
    spec["chunks"][1]["outputFile"] = spec["chunks"][0]["outputFile"]
    path = tmp_path / "queue.json"
    path.write_text(json.dumps({"heliosQueue": 1, "jobs": [{"job": spec, "options": {"job_dir": str(tmp_path)}}]}))
    with pytest.raises(HeliosError, match="job 1"):
        read_queue(path)


def queue_of(path: Path, spec: JobSpec, **options: object) -> StoredQueueJob:
    """The one job of a queue that somebody else has written."""
    entry = {"id": "1", "job": json.loads(spec.to_json()), "options": options}
    path.write_text(json.dumps({"heliosQueue": 1, "jobs": [entry]}))
    return read_queue(path)[0]


def test_a_queue_brings_no_agreement_to_replace_files(tmp_path: Path) -> None:
    agreed = {"overwrite": True, "keep_finished": True, "unattended": True, "now": True}
    found = queue_of(tmp_path / "queue.json", text_job(1), job_dir=str(tmp_path), **agreed)
    assert found.options == JobExecutionOptions(job_dir=tmp_path, imported=True)


def test_where_a_queue_has_the_video_written_is_in_the_review_of_the_job(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "job", tmp_path / "elsewhere"
    found = queue_of(tmp_path / "queue.json", text_job(1), job_dir=str(folder), output=str(elsewhere / "film.mp4"))
    assert found.options.output is None
    review = review_job(found.spec, found.options.job_dir)
    assert review.output == elsewhere / "film.mp4"
    assert review.outside_outputs == (str(elsewhere / "film.mp4"),)
    with pytest.raises(HeliosError, match="outputFile"):
        queue_of(tmp_path / "queue.json", text_job(1), job_dir=str(folder), output=str(elsewhere / "profile"))


def test_a_queue_cannot_pass_a_job_off_as_that_of_a_file(tmp_path: Path) -> None:
    source = tmp_path / "Opening.helios.json"
    save_job(text_job(2), source)
    place = {"job_dir": str(tmp_path), "source": str(source)}
    own = queue_of(tmp_path / "queue.json", text_job(2), **place)
    assert own.options == JobExecutionOptions(job_dir=tmp_path, source=source)
    assert not own.options.imported
    forged = queue_of(tmp_path / "queue.json", text_job(2, "import os"), **place)
    assert forged.options == JobExecutionOptions(job_dir=tmp_path, imported=True)
    assert forged.spec.name == "Opening"
    moved = queue_of(tmp_path / "queue.json", text_job(2), **{**place, "job_dir": str(tmp_path / "other")})
    assert moved.options.imported
    source.unlink()
    assert queue_of(tmp_path / "queue.json", text_job(2), **place).options.imported


def test_a_file_too_large_for_a_queue_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "queue.json"
    path.touch()
    os.truncate(path, MOST_BYTES + 1)
    with pytest.raises(UserInputError, match="is not a queue"):
        read_queue(path)
