"""What workers answer, ours and others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.adapters.remote.worker_responses import read_answer, read_result
from helios_gui.types import AttemptResult, FailureKind

RESULT = AttemptResult(exit_code=3, output="out", failure=FailureKind.TRANSIENT, message="no such layer", chunk_id=4)


@pytest.mark.parametrize(
    "document",
    [
        RESULT.to_wire(),
        {"statusCode": 500, "body": json.dumps(RESULT.to_wire())},
        {"statusCode": 500, "body": RESULT.to_wire()},
    ],
)
def test_our_answers_in_every_wrapping(document: dict[str, Any]) -> None:
    assert read_answer(json.dumps(document)) == RESULT


def test_answers_of_the_original() -> None:
    answer = read_answer(b'{"exitCode": 0, "stdout": "Rendered 3 / 3 frames", "stderr": "", "duration": 3}')
    assert answer is not None
    assert (answer.exit_code, answer.stdout, answer.artifact) == (0, "Rendered 3 / 3 frames", None)
    answer = read_answer(b'{"exitCode": 1, "output": {"path": "/tmp/x"}, "artifact": "x.mov", "message": null}')
    assert answer is not None
    assert (answer.exit_code, answer.output, answer.artifact, answer.message) == (1, '{"path": "/tmp/x"}', None, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"exitCode"',
        "{}",
        '{"body": "{"}',
        '{"body": 4}',
        '{"exitCode": "0", "artifact": 1}',
        "[" * 9999,
        '{"exitCode": 1000000000000000000000}',
        '{"exitCode": -9223372036854775809}',
    ],
)
def test_what_is_no_result(text: str) -> None:
    assert read_answer(text) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["exitCode", "body", "artifact", "output", "failure", "x"]), inner)
        ),
        max_leaves=12,
    )
)
def test_never_raises(document: Any) -> None:
    read_answer(json.dumps(document))
    read_result(json.dumps(document).encode())


def test_results_in_storage() -> None:
    assert read_result(json.dumps(RESULT.to_wire()).encode()) == RESULT
    assert read_result(b"\xff") is None


@pytest.mark.parametrize("field", ["startedAt", "finishedAt"])
@pytest.mark.parametrize("moment", ["1e999", "-Infinity", "NaN", "1e300", "-1"])
def test_times_that_no_clock_shows_are_not_believed(field: str, moment: str) -> None:
    """Costs are made of them, and a journal cannot hold what comes of some."""
    answer = read_answer(f'{{"exitCode": 1, "stderr": "why", "{field}": {moment}}}')
    assert answer is not None
    assert (answer.exit_code, answer.stderr, answer.started_at, answer.finished_at) == (1, "why", None, None)


@pytest.mark.parametrize("field", ["size", "frames"])
def test_an_output_of_impossible_size_is_none(field: str) -> None:
    output = {"url": "s3://a-bucket/o.mov", "size": 1, "sha256": "", field: 10**40}
    answer = read_answer(json.dumps({"exitCode": 0, "artifact": output, "chunkId": 10**40}))
    assert answer is not None
    assert (answer.exit_code, answer.artifact, answer.chunk_id) == (0, None, None)
