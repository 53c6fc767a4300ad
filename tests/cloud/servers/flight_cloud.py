"""A Cloud Run service whose chunks take a moment, and the bucket they leave their files in: light, for load tests."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from helios_gui.types import AttemptResult, StoredOutput
from helios_gui.worker.worker_responses import server_body
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import google_token_server
from tests.cloud.servers.serving import serve

BUCKET = "renders"
KEY = "key.json"
CHUNK = "chunk.mp4"

_LOG = "frame=   30 fps=0.0 q=-1.0 Lsize=      91kB time=00:00:00.96 bitrate= 760.8kbits/s speed=19.3x\n" * 15
_ATTEMPT = "gs://attempt"
_ATTEMPT_ID = "attempt-id"
_CHUNK_ID = 987654321
"""What stands in the answer that is made once, and is replaced in each."""


class _Service:
    """Renders by waiting; every chunk's output is the same file."""

    def __init__(self, bucket: GcsServer, output: bytes, seconds: float) -> None:
        self._bucket = bucket
        self._output = output
        self._seconds = seconds
        result = AttemptResult(
            exit_code=0,
            output=_LOG,
            attempt_id=_ATTEMPT_ID,
            chunk_id=_CHUNK_ID,
            artifact=StoredOutput(
                url=f"{_ATTEMPT}/output/{CHUNK}",
                size=len(output),
                sha256=hashlib.sha256(output).hexdigest(),
                frames=30,
            ),
            log_url=f"{_ATTEMPT}/log.txt",
            whole_log=True,
            started_at=time.time(),
            finished_at=time.time() + seconds,
        )
        self._answer = json.dumps(server_body(result))
        self._result = result.model_dump_json(by_alias=True, exclude_none=True)

    async def render(self, request: web.Request) -> web.Response:
        """What our worker answers, after leaving what it leaves: output, full log and result."""
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.Response(status=401)
        asked = await request.json()
        await asyncio.sleep(self._seconds)
        url, attempt_id = asked["attemptUrl"], asked["attemptId"]

        def of_attempt(text: str) -> bytes:
            text = text.replace(_ATTEMPT, url).replace(_ATTEMPT_ID, attempt_id)
            return text.replace(str(_CHUNK_ID), str(asked["chunkIndex"])).encode()

        for name, data in (
            (f"output/{CHUNK}", self._output),
            ("log.txt", _LOG.encode()),
            ("result.json", of_attempt(self._result)),
        ):
            place = f"{url}/{name}".removeprefix(f"gs://{BUCKET}/")
            self._bucket.buckets.store(BUCKET, place, data, {}, {"ifGenerationMatch": "0"}, "")
        return web.Response(body=of_attempt(self._answer), content_type="application/json")


@contextmanager
def flight_cloud(folder: str, seconds: str) -> Iterator[str]:
    """Serve bucket and service at one address. ``folder`` holds ``CHUNK``, and is given the account's ``KEY``."""
    with google_token_server() as tokens:
        tokens.write_service_account_key(Path(folder, KEY))
        bucket = GcsServer(tokens.authority.email_of)
        bucket.buckets.create(BUCKET)
        service = _Service(bucket, Path(folder, CHUNK).read_bytes(), float(seconds))
        application = bucket.application()
        application.router.add_post("/", service.render)
        with serve(application) as served:
            yield served.url
