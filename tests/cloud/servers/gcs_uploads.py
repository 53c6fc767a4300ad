"""The three ways to upload to Google Cloud Storage: media, multipart, and resumable sessions."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Any

from aiohttp import ClientPayloadError, web

from tests.cloud.servers.gcs_objects import Buckets, GcsError, GcsObject, check_preconditions

STEP = 256 * 1024
"""Bytes: what arrives of an unfinished upload is kept in multiples of this."""

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


def _named(query: dict[str, str], resource: dict[str, Any]) -> str:
    name = resource.get("name") or query.get("name")
    if not name:
        raise GcsError(400, "required", "Required parameter: name")
    return str(name)


async def upload_media(request: web.Request, buckets: Buckets) -> GcsObject:
    """``uploadType=media``: the body is the object."""
    query = dict(request.query)
    resource = {"contentType": request.content_type}
    hashes = request.headers.get("X-Goog-Hash", "")
    data = await request.read()
    return buckets.store(request.match_info["bucket"], _named(query, {}), data, resource, query, hashes)


async def upload_multipart(request: web.Request, buckets: Buckets) -> GcsObject:
    """``uploadType=multipart``: a ``multipart/related`` body of the resource as JSON, then the data."""
    parts = _parts(request.headers.get("Content-Type", ""), await request.read())
    if len(parts) != 2:
        raise GcsError(400, "badContent", "Malformed multipart body.")
    (_, document), (kind, data) = parts
    resource = json.loads(document)
    resource.setdefault("contentType", kind)
    query = dict(request.query)
    hashes = request.headers.get("X-Goog-Hash", "")
    return buckets.store(request.match_info["bucket"], _named(query, resource), data, resource, query, hashes)


def _parts(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    """The parts of a ``multipart/related`` body, each with its content type; none where it is malformed."""
    described = Message()
    described["Content-Type"] = content_type
    boundary = described.get_boundary()
    if described.get_content_type() != "multipart/related" or boundary is None:
        return []
    # The body begins with a boundary, and what follows the last one is "--".
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1]
    heads_and_data = [piece.removeprefix(b"\r\n").partition(b"\r\n\r\n") for piece in pieces]
    return [(BytesParser().parsebytes(head).get_content_type(), data) for head, _, data in heads_and_data]


@dataclass(slots=True)
class Session:
    """A resumable upload that has begun."""

    bucket: str
    name: str
    resource: dict[str, Any]
    query: dict[str, str]
    data: bytearray = field(default_factory=bytearray)
    finished: GcsObject | None = None


class Sessions:
    """The server's resumable uploads."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._sessions: dict[str, Session] = {}
        self.begun: list[str] = []
        """The ids of all sessions there were: who knows one may write."""

    @property
    def unfinished(self) -> int:
        """How many uploads were begun and neither completed nor cancelled."""
        return sum(session.finished is None for session in self._sessions.values())

    async def begin(self, request: web.Request) -> str:
        """Start a session and return its id; preconditions are checked now and once more at the end."""
        query = dict(request.query)
        resource = await request.json() if request.can_read_body else {}
        resource.setdefault("contentType", request.headers.get("X-Upload-Content-Type"))
        bucket, name = request.match_info["bucket"], _named(query, resource)
        check_preconditions(self._buckets.objects(bucket).get(name), query)
        upload_id = secrets.token_urlsafe(32)
        self.begun.append(upload_id)
        self._sessions[upload_id] = Session(bucket, name, resource, query)
        return upload_id

    def cancel(self, upload_id: str) -> None:
        """Forget a session and what it received."""
        self._find(upload_id)
        del self._sessions[upload_id]

    async def put(self, request: web.Request) -> Session:
        """Take in a piece of the data, or tell (``bytes */N``) how much is there.

        ``finished`` is set in the session returned once the object is complete. What a client that hung up in the
        middle had sent is kept.
        """
        session = self._find(request.query["upload_id"])
        match = _RANGE.fullmatch(request.headers.get("Content-Range", "bytes 0-0/*"))
        if match is None:
            raise GcsError(400, "badRequest", "Failed to parse Content-Range header.")
        whole = "Content-Range" not in request.headers
        first, last, total = match.groups()
        if session.finished is None and (whole or first is not None):
            await _receive(request, session, int(first or 0), None if whole else int(last) + 1)
        size = len(session.data) if whole else None if total == "*" else int(total)
        if session.finished is None and size == len(session.data):
            hashes = request.headers.get("X-Goog-Hash", "")
            stored = bytes(session.data), session.resource, session.query, hashes
            session.finished = self._buckets.store(session.bucket, session.name, *stored)
            session.data.clear()
        elif session.finished is None:
            del session.data[len(session.data) // STEP * STEP :]
        return session

    def _find(self, upload_id: str) -> Session:
        if upload_id not in self._sessions:
            raise GcsError(410, "gone", "The upload session does not exist any more.")
        return self._sessions[upload_id]


async def _receive(request: web.Request, session: Session, first: int, end: int | None) -> None:
    """Append the request's body at offset ``first``; bytes that are there already are passed over."""
    if first > len(session.data):
        message = f"The upload offset is {first}, which exceeds already uploaded size of {len(session.data)} byte(s)."
        raise GcsError(503, "backendError", message)
    position = first
    try:
        async for piece in request.content.iter_any():
            known = max(0, len(session.data) - position)
            session.data += piece[known:]
            position += len(piece)
    except (ClientPayloadError, ConnectionError):
        del session.data[len(session.data) // STEP * STEP :]
        raise
    if end is not None and position != end:
        del session.data[len(session.data) // STEP * STEP :]
        message = f"There were {position - first} byte(s) in the request body. There should have been {end - first}."
        raise GcsError(400, "badRequest", message)
