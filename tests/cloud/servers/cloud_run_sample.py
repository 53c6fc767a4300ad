"""A small container for tests of the Cloud Run front: does what the request says and answers facts about itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from aiohttp import web


async def handle(request: web.Request) -> web.Response:
    """Work ``?work=`` seconds, and until there is a file ``?go=``, then append a line to ``?note=``."""
    await asyncio.sleep(float(request.query.get("work", "0")))
    while "go" in request.query and not Path(request.query["go"]).exists():
        await asyncio.sleep(0.02)
    if "note" in request.query:
        with Path(request.query["note"]).open("a") as note:
            note.write("done\n")
    return web.json_response(
        {
            "path": request.path,
            "body": await request.text(),
            "pid": os.getpid(),
            "service": os.environ["K_SERVICE"],
            "variable": os.environ.get("VARIABLE"),
            "authorization": request.headers["Authorization"],
        }
    )


if __name__ == "__main__":
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    # Work stops when the connection does: the front must not let go of it at its own time limit.
    port = int(os.environ["PORT"])
    web.run_app(application, host="127.0.0.1", port=port, print=None, handler_cancellation=True)
