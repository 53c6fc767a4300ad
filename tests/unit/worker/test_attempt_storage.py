from __future__ import annotations

import pytest

from helios_gui.types import UserInputError, WorkerRequest
from helios_gui.worker.attempt_storage import AttemptUrls

JOB = "s3://studio/renders/jobs/j1/job.json"


def test_an_attempt_with_a_url() -> None:
    url = "s3://studio/renders/jobs/j1/attempts/j1.3.1"
    place = AttemptUrls.of(WorkerRequest(job_path=JOB, chunk_index=3, attempt_url=f"{url}/"))
    assert place.attempt_id == "j1.3.1"
    assert place.output("a b.mov") == f"{url}/output/a b.mov"
    assert (place.log, place.result, place.cancel) == (f"{url}/log.txt", f"{url}/result.json", f"{url}/cancel")


def test_an_attempt_with_only_a_name_lies_beside_the_job() -> None:
    place = AttemptUrls.of(WorkerRequest(job_path=JOB, chunk_index=3, attempt_id="j1.3.1"))
    assert place.result == "s3://studio/renders/jobs/j1/attempts/j1.3.1/result.json"


def test_no_attempt() -> None:
    place = AttemptUrls.of(WorkerRequest(job_path=JOB, chunk_index=3))
    assert place.output("a.mov") == "s3://studio/renders/jobs/j1/output/a.mov"
    assert (place.log, place.result, place.cancel) == (None, None, None)
    assert place.attempt_id, "its processes need a name"


def test_a_path_is_a_file() -> None:
    place = AttemptUrls.of(WorkerRequest(job_path="/shared/my job/job.json", chunk_index=0))
    assert place.job == "file:///shared/my%20job/job.json"


@pytest.mark.parametrize("url", ["ftp://host/jobs/j/job.json", "s3://key:secret-canary@bucket/jobs/j/job.json"])
def test_other_urls(url: str) -> None:
    with pytest.raises(UserInputError) as refused:
        AttemptUrls.of(WorkerRequest(job_path=url, chunk_index=0))
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\\b", "..", "a\0b", "a\nb", "\ud800", "a" * 300_000])
def test_names_that_lead_elsewhere(name: str) -> None:
    with pytest.raises(UserInputError):
        AttemptUrls.of(WorkerRequest(job_path=JOB, chunk_index=0, attempt_id=name))


@pytest.mark.parametrize("end", ["../../other", "..", "a/%2e%2e/b", "a\\..\\b"])
@pytest.mark.parametrize("root", ["s3://studio/renders", "file:///shared/renders"])
def test_places_that_lead_elsewhere(root: str, end: str) -> None:
    with pytest.raises(UserInputError):
        AttemptUrls.of(WorkerRequest(job_path=JOB, chunk_index=0, attempt_url=f"{root}/{end}"))
