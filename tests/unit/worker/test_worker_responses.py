from __future__ import annotations

import json

import pytest

from helios_gui.types import AttemptResult, FailureKind, UserInputError, WorkerRequest
from helios_gui.worker.worker_responses import lambda_refusal, lambda_response, read_request, server_body

LAMBDA_LIMIT = 6 * 1024 * 1024


def test_an_answer_too_large_for_lambda_keeps_the_end_of_its_texts() -> None:
    text = '"\\\n\u65e5' * 1_000_000 + "the end"
    result = AttemptResult(exit_code=1, output=text, stderr=text, message=text, failure=FailureKind.FATAL)
    answer = lambda_response(result)
    assert len(json.dumps(answer).encode()) < LAMBDA_LIMIT
    body = json.loads(answer["body"])
    assert body["failure"] == "fatal"
    for name in ("output", "stderr", "message"):
        assert body[name].startswith("…")
        assert body[name].endswith("the end")


def test_the_largest_answer_that_is_left_alone_fits() -> None:
    result = AttemptResult(exit_code=0, output='"' * 1_040_000)
    answer = lambda_response(result)
    assert json.loads(answer["body"])["output"] == result.output
    assert len(json.dumps(answer).encode()) < LAMBDA_LIMIT


def test_words_of_the_original() -> None:
    result = AttemptResult(exit_code=0, output="hello", stderr="")
    assert lambda_response(result)["statusCode"] == 200
    assert json.loads(lambda_response(result)["body"])["output"] == "hello"
    assert server_body(result)["stdout"] == "hello"
    assert "output" not in server_body(result)


def test_a_failure_is_never_told_as_success() -> None:
    result = AttemptResult(exit_code=None, failure=FailureKind.TRANSIENT, message="no")
    assert lambda_response(result)["statusCode"] == 500
    assert json.loads(lambda_response(result)["body"])["exitCode"] == server_body(result)["exitCode"] == 1


def test_requests() -> None:
    assert read_request({"jobPath": "s3://b/k", "chunkIndex": 3}) == WorkerRequest(job_path="s3://b/k", chunk_index=3)
    with pytest.raises(UserInputError, match="jobPath: is missing; chunkIndex: must be a whole number"):
        read_request({"chunkIndex": "three"})
    with pytest.raises(UserInputError, match="JSON object"):
        read_request("text")
    refusal = lambda_refusal(UserInputError("no"))
    assert (refusal["statusCode"], json.loads(refusal["body"])) == (400, {"message": "no"})
