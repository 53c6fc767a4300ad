"""A Lambda front in a process of its own, whose function takes a second and leaves a small output: for load tests.

``python -m tests.cloud.servers.flight_server FOLDER SECONDS`` prints its address, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.cloud.servers.lambda_front import lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction


def inline_worker(folder: Path, seconds: float) -> Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]:
    """A worker without a process that keeps its outputs in ``folder``, whose URL the storage's is."""

    async def work(event: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        attempt = folder / event["attemptUrl"].removeprefix(folder.as_uri()).lstrip("/")
        output = attempt / "output" / "out.txt"
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(event["attemptId"])
        digest = hashlib.sha256(output.read_bytes()).hexdigest()
        artifact = {"url": f"{event['attemptUrl']}/output/out.txt", "size": output.stat().st_size, "sha256": digest}
        body = {"exitCode": 0, "attemptId": event["attemptId"], "artifact": artifact}
        return {"statusCode": 200, "body": json.dumps(body)}

    return work


def main() -> None:
    """Serve until nobody holds the other end of standard input."""
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    function = LambdaFunction(timeout=60, concurrency=1000, inline=inline_worker(folder, seconds))
    with lambda_front(function) as front:
        print(front.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
