"""A small Google Cloud Storage: its JSON API, with bearer tokens, generations, preconditions and resumable uploads.

It has what the program uses, and ``test_servers_gcs.py`` checks all of that with Google's own client library, except
what the library has no call for: whole steps kept of a broken upload, the status and the cancelling of a session (there
with bare requests, by the service's documentation).

The service has more that is not here: object versions, soft deletion, holds and retention; storage classes, lifecycle
rules, ACLs, IAM policies, signed URLs and HMAC keys; compose, rewrite and copy; customer's encryption keys; gzip
transcoding; requester pays; notifications; batch requests; the XML and gRPC APIs; quotas, rate limits (``faults.py``
answers with 429 and 5xx where a test asks for it), and names of buckets that the service would refuse. A listing knows
``prefix``, ``delimiter``, ``maxResults``, ``pageToken`` and ``fields``, no ``startOffset`` and no ``matchGlob``;
``fields`` takes names and one level of brackets.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import hdrs, web

from tests.cloud.servers.gcs_objects import Buckets, GcsError, GcsObject, crc32c_of, md5_of
from tests.cloud.servers.gcs_uploads import Session, Sessions, upload_media, upload_multipart
from tests.cloud.servers.serving import BODY_LIMIT, Served, serve

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PERMISSIONS = {
    "upload": "storage.objects.create",
    "resume": "storage.objects.create",
    "cancel": "storage.objects.create",
    "download": "storage.objects.get",
    "get": "storage.objects.get",
    "list": "storage.objects.list",
    "delete": "storage.objects.delete",
    "patch": "storage.objects.update",
    "bucket": "storage.buckets.get",
    "create bucket": "storage.buckets.create",
    "permissions": "",
}
"""What each operation needs; the keys are those of ``GcsServer.counts``."""


class GcsServer:
    """A running server.

    ``email_of`` says whose an access token is, ``None`` where it is unknown or has expired. ``counts`` counts
    requests by operation (``upload``, ``resume``, ``download``, …), ``received`` the bytes of their bodies;
    ``denied`` holds permissions (``storage.objects.create``) that nobody has. ``page_limit`` bounds the entries of
    a page of a listing.
    """

    def __init__(self, email_of: Callable[[str], str | None]) -> None:
        self._email_of = email_of
        self.buckets = Buckets(lambda: "storage.objects.delete" not in self.denied)
        self.sessions = Sessions(self.buckets)
        self.counts: Counter[str] = Counter()
        self.received = 0
        self.denied: set[str] = set()
        self.page_limit = 1000
        self.url = ""

    def names(self, bucket: str) -> list[str]:
        """The names of all objects of a bucket, sorted."""
        return sorted(self.buckets.objects(bucket))

    def data(self, bucket: str, name: str) -> bytes:
        """An object's bytes."""
        return self.buckets.objects(bucket)[name].data

    def application(self) -> web.Application:
        """The routes of the JSON API."""
        application = web.Application(client_max_size=BODY_LIMIT)
        bucket = "/storage/v1/b/{bucket}"
        route = application.router.add_route
        route("POST", "/storage/v1/b", self._guarded("create bucket", self._create_bucket))
        route("GET", bucket, self._guarded("bucket", self._bucket))
        route("GET", f"{bucket}/iam/testPermissions", self._guarded("permissions", self._test_permissions))
        route("GET", f"{bucket}/o", self._guarded("list", self._list))
        route("GET", f"{bucket}/o/{{name}}", self._get_or_download)
        route("GET", f"/download{bucket}/o/{{name}}", self._guarded("download", self._download))
        route("PATCH", f"{bucket}/o/{{name}}", self._guarded("patch", self._patch))
        route("DELETE", f"{bucket}/o/{{name}}", self._guarded("delete", self._delete))
        route("POST", f"/upload{bucket}/o", self._guarded("upload", self._upload))
        route("PUT", f"/upload{bucket}/o", self._guarded("resume", self._resume))
        route("DELETE", f"/upload{bucket}/o", self._guarded("cancel", self._cancel))
        return application

    def _guarded(self, operation: str, handler: Handler) -> Handler:
        """The handler behind the token check, with errors as the API writes them."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self.counts[operation] += 1
            self.received += request.content_length or 0
            try:
                self._authorize(request, operation)
                return await handler(request)
            except GcsError as error:
                headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'}
                headers = headers if error.status == 401 else {}
                if operation == "download":
                    return web.Response(status=error.status, text=error.message, headers=headers)
                return web.json_response(error.to_json(), status=error.status, headers=headers)

        return handle

    def _authorize(self, request: web.Request, operation: str) -> None:
        """401 without a good token, 403 without permission. A session's address is a credential in itself."""
        if operation in ("resume", "cancel") and "upload_id" in request.query:
            return
        permission = _PERMISSIONS[operation]
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not token:
            raise GcsError(401, "required", f"Anonymous caller does not have {permission} access to the resource.")
        email = self._email_of(token) if scheme == "Bearer" else None
        if email is None:
            raise GcsError(401, "authError", "Invalid Credentials")
        if permission in self.denied:
            message = f"{email} does not have {permission} access to the Google Cloud Storage object."
            raise GcsError(403, "forbidden", message)

    async def _create_bucket(self, request: web.Request) -> web.Response:
        name = (await request.json())["name"]
        self.buckets.create(name)
        return web.json_response(_bucket_resource(name))

    async def _bucket(self, request: web.Request) -> web.Response:
        self.buckets.objects(request.match_info["bucket"])
        return web.json_response(_bucket_resource(request.match_info["bucket"]))

    async def _test_permissions(self, request: web.Request) -> web.Response:
        self.buckets.objects(request.match_info["bucket"])
        asked = request.query.getall("permissions", [])
        granted = [permission for permission in asked if permission not in self.denied]
        answer: dict[str, Any] = {"kind": "storage#testIamPermissionsResponse"}
        return web.json_response({**answer, "permissions": granted} if granted else answer)

    async def _list(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        query["maxResults"] = str(min(int(query.get("maxResults", "1000")), self.page_limit))
        items, prefixes, token = self.buckets.page(request.match_info["bucket"], query)
        answer: dict[str, Any] = {"kind": "storage#objects"}
        # Empty lists are left out, as the service does.
        if items:
            answer["items"] = [item.resource(_url(request)) for item in items]
        if prefixes:
            answer["prefixes"] = prefixes
        if token:
            answer["nextPageToken"] = token
        return web.json_response(_chosen(answer, request))

    async def _get_or_download(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("alt") == "media":
            return await self._guarded("download", self._download)(request)
        return await self._guarded("get", self._get)(request)

    def _find(self, request: web.Request) -> GcsObject:
        return self.buckets.find(request.match_info["bucket"], request.match_info["name"], request.query)

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(_chosen(self._find(request).resource(_url(request)), request))

    async def _download(self, request: web.Request) -> web.Response:
        found = self._find(request)
        headers = {
            "Content-Type": found.content_type,
            "ETag": found.etag,
            "Accept-Ranges": "bytes",
            "X-Goog-Hash": f"crc32c={crc32c_of(found.data)},md5={md5_of(found.data)}",
            "X-Goog-Generation": str(found.generation),
            "X-Goog-Metageneration": str(found.metageneration),
            "X-Goog-Stored-Content-Length": str(len(found.data)),
        }
        if hdrs.RANGE not in request.headers:
            return web.Response(body=found.data, headers=headers)
        size = len(found.data)
        try:
            start, stop, _ = request.http_range.indices(size)
        except ValueError as error:
            raise GcsError(400, "badRequest", "Invalid range.") from error
        if start >= stop:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        return web.Response(status=206, body=found.data[start:stop], headers=headers)

    async def _patch(self, request: web.Request) -> web.Response:
        found = self._find(request)
        changes = await request.json()
        for key, value in (changes.get("metadata") or {}).items():
            if value is None:
                found.metadata.pop(key, None)
            else:
                found.metadata[key] = value
        found.content_type = changes.get("contentType", found.content_type)
        found.metageneration += 1
        return web.json_response(found.resource(_url(request)))

    async def _delete(self, request: web.Request) -> web.Response:
        found = self._find(request)
        del self.buckets.objects(found.bucket)[found.name]
        return web.Response(status=204)

    async def _upload(self, request: web.Request) -> web.Response:
        kind = request.query.get("uploadType")
        if kind == "resumable":
            upload_id = await self.sessions.begin(request)
            location = request.url.update_query(upload_id=upload_id)
            return web.Response(headers={"Location": str(location), "X-GUploader-UploadID": upload_id})
        if kind not in ("media", "multipart"):
            raise GcsError(400, "invalid", f"Invalid upload type: {kind}")
        made = await (upload_media if kind == "media" else upload_multipart)(request, self.buckets)
        return web.json_response(made.resource(_url(request)))

    async def _resume(self, request: web.Request) -> web.Response:
        session: Session = await self.sessions.put(request)
        if session.finished is not None:
            return web.json_response(session.finished.resource(_url(request)))
        headers = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
        return web.Response(status=308, headers=headers)

    async def _cancel(self, request: web.Request) -> web.Response:
        self.sessions.cancel(request.query["upload_id"])
        return web.Response(status=499)


def _url(request: web.Request) -> str:
    """The server's address as the client knows it, which may be a proxy's."""
    return f"http://{request.host}"


def _chosen(answer: dict[str, Any], request: web.Request) -> dict[str, Any]:
    """What the request's ``fields`` ask for (``name,size`` or ``items(name,size),nextPageToken``), or everything."""
    fields = request.query.get("fields", "")
    if not fields:
        return answer
    chosen: dict[str, Any] = {}
    for name, inner in re.findall(r"(\w+)(?:\(([\w,]+)\))?", fields):
        if name in answer:
            value = answer[name]
            chosen[name] = (
                [{key: item[key] for key in inner.split(",") if key in item} for item in value] if inner else value
            )
    return chosen


def _bucket_resource(name: str) -> dict[str, str]:
    return {"kind": "storage#bucket", "id": name, "name": name, "location": "EU", "storageClass": "STANDARD"}


@contextmanager
def gcs_server(email_of: Callable[[str], str | None], *buckets: str) -> Iterator[GcsServer]:
    """Serve buckets, empty at first, to bearers of the tokens that ``email_of`` knows."""
    server = GcsServer(email_of)
    for bucket in buckets:
        server.buckets.create(bucket)
    served: Served
    with serve(server.application()) as served:
        server.url = served.url
        yield server
