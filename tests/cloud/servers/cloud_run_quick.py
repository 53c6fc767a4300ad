"""A container that answers as our worker does without rendering anything, for load tests of its caller."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aiohttp import web


async def handle(request: web.Request) -> web.Response:
    """Work for as many seconds as the command line says, and leave the attempt's id as its output in the folder."""
    asked = await request.json()
    await asyncio.sleep(float(sys.argv[1]))
    url = f"{asked['attemptUrl']}/output/out.txt"
    output = Path(unquote(urlsplit(url).path))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(asked["attemptId"])
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    artifact = {"url": url, "size": output.stat().st_size, "sha256": digest}
    return web.json_response({"exitCode": 0, "attemptId": asked["attemptId"], "artifact": artifact})


if __name__ == "__main__":
    application = web.Application()
    application.router.add_post("/", handle)
    web.run_app(application, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
