"""Answers of clouds and of what stands between: nothing they repeat gets into what people are shown."""

from __future__ import annotations

import base64
import json
import time

import httpx
import pytest

from helios_gui.adapters.aws_lambda.aws_credentials import AwsIdentity
from helios_gui.adapters.aws_lambda.lambda_responses import LambdaResponses
from helios_gui.adapters.cloud_run.cloud_run_responses import CloudRunResponses
from helios_gui.adapters.remote.invoker import EndedUnanswered, Refused, Unanswered
from helios_gui.types import FailureKind

TOKEN = "eyJhbGciOiJSUzI1NiJ9.canary0canary1canary2canary3canary4.canary5"
LAMBDA = LambdaResponses("worker", "eu-central-1", AwsIdentity())
CLOUD_RUN = CloudRunResponses("https://worker.example", "https://worker.example")


def echo(before: int) -> bytes:
    """A proxy's page that repeats the request's token, after so many characters."""
    return b"<p>" + b"." * before + b" Authorization: Bearer " + TOKEN.encode() + b"</p>"


@pytest.mark.parametrize("before", [0, 250, 975, 990, 3950, 16_330, 65_500])
@pytest.mark.parametrize("status", [200, 400, 403, 407, 429, 500, 502, 503, 504])
def test_pages_that_repeat_the_request(status: int, before: int) -> None:
    for outcome in (
        LAMBDA.read(httpx.Response(status, content=echo(before)), 60),
        CLOUD_RUN.read(httpx.Response(status, content=echo(before))),
    ):
        assert isinstance(outcome, EndedUnanswered | Refused | Unanswered)
        assert "eyJ" not in outcome.message
        assert "canary" not in outcome.message


@pytest.mark.parametrize("field", ["errorMessage", "errorType"])
def test_errors_of_a_function_that_hold_a_secret(field: str) -> None:
    document = json.dumps({"errorType": "Oops", "errorMessage": "bad", field: f"bad {TOKEN}"})
    answer = httpx.Response(200, headers={"X-Amz-Function-Error": "Unhandled"}, content=document.encode())
    outcome = LAMBDA.read(answer, 60)
    assert isinstance(outcome, EndedUnanswered)
    assert "bad" in outcome.message
    assert "canary" not in outcome.message


@pytest.mark.parametrize("cut", [10, 20, 30, 40, 50])
def test_a_log_that_begins_in_the_middle_of_a_secret(cut: int) -> None:
    lines = f"{TOKEN[cut:]}\nframe=  12 {TOKEN}\n"
    log = base64.b64encode(lines.encode().ljust(4096, b"\n")).decode()
    answer = httpx.Response(200, headers={"X-Amz-Function-Error": "x", "X-Amz-Log-Result": log}, content=b"{}")
    outcome = LAMBDA.read(answer, 60)
    assert isinstance(outcome, EndedUnanswered)
    assert outcome.log.strip() == "frame= 12 …"


def test_a_short_log_is_whole() -> None:
    log = base64.b64encode(b"frame=1\rframe=2\n").decode()
    answer = httpx.Response(200, headers={"X-Amz-Function-Error": "x", "X-Amz-Log-Result": log}, content=b"{}")
    outcome = LAMBDA.read(answer, 60)
    assert isinstance(outcome, EndedUnanswered)
    assert outcome.log == "frame=1\nframe=2"


def test_an_address_that_leads_elsewhere_is_told() -> None:
    outcome = CLOUD_RUN.read(httpx.Response(301, headers={"Location": "https://worker.example/render"}))
    assert isinstance(outcome, Refused)
    assert "leads elsewhere, to https://worker.example/render" in outcome.message


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"<" * 65_536], ids=["deep", "objects", "tags"])
def test_bodies_that_are_hard_to_read(status: int, body: bytes) -> None:
    begun = time.process_time()
    for headers in ({}, {"X-Amz-Function-Error": "Unhandled"}):
        assert isinstance(
            LAMBDA.read(httpx.Response(status, headers=headers, content=body), 60),
            EndedUnanswered | Refused | Unanswered,
        )
    assert isinstance(CLOUD_RUN.read(httpx.Response(status, content=body)), EndedUnanswered | Refused | Unanswered)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ReservedFunctionConcurrentInvocationLimitExceeded", "as are reserved for it"),
        ("ConcurrentInvocationLimitExceeded", "as this account may have"),
        ("CallerRateLimitExceeded", "has enough calls for now"),
    ],
)
@pytest.mark.parametrize(("asked", "pause"), [("7.5", 7.5), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("nan", 0.0)])
def test_a_refusal_says_what_is_used_up_and_for_how_long(reason: str, words: str, asked: str, pause: float) -> None:
    answer = httpx.Response(429, headers={"Retry-After": asked}, json={"Reason": reason})
    outcome = LAMBDA.read(answer, 60)
    assert isinstance(outcome, Refused)
    assert words in outcome.message
    assert outcome.retry_after == pause


def test_a_function_that_refuses_the_request_is_told_with_its_words() -> None:
    document = {"statusCode": 404, "body": json.dumps({"message": f"no such job for {TOKEN}"})}
    outcome = LAMBDA.read(httpx.Response(200, json=document), 60)
    assert isinstance(outcome, EndedUnanswered)
    assert outcome.kind is FailureKind.FATAL
    assert "refused the request (404)" in outcome.message
    assert "canary" not in outcome.message


def test_a_log_that_is_none_is_left_out() -> None:
    answer = httpx.Response(200, headers={"X-Amz-Function-Error": "x", "X-Amz-Log-Result": "a"}, content=b"{}")
    outcome = LAMBDA.read(answer, 60)
    assert isinstance(outcome, EndedUnanswered)
    assert outcome.log == ""
