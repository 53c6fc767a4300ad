"""A Lambda function of the tests: its settings, and what an invocation of it answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.worker_image import WorkerImage

ROOT = Path(__file__).resolve().parents[3]
"""The checkout: the folder functions run in, so that they can import the project and the tests."""

ANSWER_LIMIT = 6 * 1024 * 1024 + 100
"""Bytes an answer may have: Lambda's documented 6 MB, at the figure its own error message names."""


@dataclass(slots=True)
class LambdaFunction:
    """A function's settings; tests may change them while it is served.

    ``handler`` is ``module.function``; ``environment`` is all it gets besides Lambda's own variables and ``PATH``.
    ``timeout`` is in seconds, ``memory`` and ``storage`` (of ``/tmp``) in MB, ``concurrency`` is how many
    executions may go on at once. ``event_retries`` and ``event_retry_delay`` (seconds; minutes at AWS) say how
    often a failed ``Event`` invocation is run again: twice, unless somebody configured it. With ``image`` its
    sandboxes start as that does, instead of with ``handler`` in the checkout. With ``inline``, a coroutine function of
    the event, there are no sandboxes: for load tests of the caller.
    """

    name: str = "helios-worker"
    handler: str = "helios_gui.worker.lambda_handler.handler"
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 60
    memory: int = 2048
    storage: int = 512
    concurrency: int = 10
    region: str = "eu-central-1"
    event_retries: int = 2
    event_retry_delay: float = 0.2
    image: WorkerImage | None = None
    inline: Callable[[Any], Awaitable[Any]] | None = None

    @property
    def arn(self) -> str:
        """The function's resource name."""
        return f"arn:aws:lambda:{self.region}:000000000000:function:{self.name}"

    def configuration(self) -> dict[str, Any]:
        """What ``GetFunctionConfiguration`` answers."""
        return {
            "FunctionName": self.name,
            "FunctionArn": self.arn,
            "Role": "arn:aws:iam::000000000000:role/helios-worker",
            "Handler": self.handler,
            "Runtime": "python3.12",
            "CodeSize": 1,
            "CodeSha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "Description": "",
            "Timeout": int(self.timeout),
            "MemorySize": self.memory,
            "EphemeralStorage": {"Size": self.storage},
            "Environment": {"Variables": dict(self.environment)},
            "LastModified": "2025-01-01T00:00:00.000+0000",
            "Version": "$LATEST",
            "PackageType": "Zip" if self.image is None else "Image",
            "Architectures": ["x86_64"],
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What an execution came to: the payload, whether it is a function error, and the last of the log."""

    payload: bytes
    failed: bool = False
    log: bytes = b""


def failure(kind: str, message: str) -> Answer:
    """A function error as the service words it."""
    return Answer(json.dumps({"errorType": kind, "errorMessage": message}).encode(), failed=True)


def timed_out(request_id: str, timeout: float) -> Answer:
    """The function ran longer than it may."""
    return failure("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds")


def too_large() -> Answer:
    """The function's answer was larger than an answer may be."""
    message = f"Response payload size exceeded maximum allowed payload size ({ANSWER_LIMIT} bytes)."
    return failure("Function.ResponseSizeTooLarge", message)


def exited(request_id: str, code: int) -> Answer:
    """The function's process ended in the middle of an execution; a negative code is a signal's number."""
    how = f"signal: {-code}" if code < 0 else f"exit status {code}"
    return failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}")
