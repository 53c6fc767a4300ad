"""A Lambda front whose function only waits, for load tests of the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cloud.servers.lambda_front import lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction


@contextmanager
def waiting_front(seconds: str, concurrency: str) -> Iterator[str]:
    """The address of a front whose function answers exit code 0 after so many seconds."""

    async def wait(_: Any) -> dict[str, Any]:
        await asyncio.sleep(float(seconds))
        return {"statusCode": 200, "body": '{"exitCode": 0, "output": "", "stderr": ""}'}

    with lambda_front(LambdaFunction(inline=wait, concurrency=int(concurrency))) as front:
        yield front.url
