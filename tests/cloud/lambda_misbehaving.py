"""Handlers of functions that are not what they should be, for tests of the adapter."""

from __future__ import annotations

import json
import os
import time
from typing import Any


def dies_of_time(event: dict[str, Any], context: Any) -> None:
    """A worker that does not look at its time: it is killed while it renders."""
    print("frame=   38 fps=0.3", flush=True)
    time.sleep(60)


def talks_too_much(event: dict[str, Any], context: Any) -> str:
    """The real worker, whose answer is made larger than Lambda lets through."""
    from helios_gui.worker.lambda_handler import handler

    return json.dumps(handler(event, context)) + " " * 7 * 1024 * 1024


def keeps_its_output(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A worker as the original had it: what it made stays where it is."""
    return {"statusCode": 200, "body": json.dumps({"exitCode": 0, "output": "Rendered 10 / 10 frames", "stderr": ""})}


def fails_as_the_original(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A failed render of such a worker."""
    body = {"exitCode": 3, "output": "", "stderr": "no such composition"}
    return {"statusCode": 500, "body": json.dumps(body)}


def throws_as_the_original(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Such a worker that could not even begin to render."""
    return {"statusCode": 500, "body": json.dumps({"message": "Chunk with ID 0 not found in job spec"})}


def renders_another_chunk(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A worker that takes the number of the chunk for something else."""
    return {"statusCode": 200, "body": json.dumps({"exitCode": 0, "output": "", "chunkId": 5})}


def is_something_else(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A function that has nothing to do with rendering."""
    return {"greeting": "hello"}


def raises(event: dict[str, Any], context: Any) -> None:
    """A defect, whose message holds a secret."""
    raise RuntimeError(f"cannot work with {os.environ.get('CANARY', '')}")


def raises_all_it_knows(event: dict[str, Any], context: Any) -> None:
    """A defect, whose message holds all that the function was told."""
    raise RuntimeError(f"cannot work with {dict(os.environ)}")
