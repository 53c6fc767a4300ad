"""What a Google Cloud Storage bucket holds: objects with generations, checksums and preconditions."""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import google_crc32c


class GcsError(Exception):
    """An answer that is not a success: HTTP status, the ``reason`` of the JSON error, and words."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message

    def to_json(self) -> dict[str, Any]:
        """The error document of the JSON API."""
        entry = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [entry]}}


@functools.lru_cache(maxsize=16)
def md5_of(data: bytes) -> str:
    """The MD5 of the data as the API writes it, base64."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


@functools.lru_cache(maxsize=16)
def crc32c_of(data: bytes) -> str:
    """The CRC32C of the data as the API writes it, big-endian base64."""
    return base64.b64encode(google_crc32c.Checksum(data).digest()).decode()


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(slots=True)
class GcsObject:
    """One live object; objects are not versioned."""

    bucket: str
    name: str
    data: bytes
    generation: int
    metageneration: int = 1
    content_type: str = "application/octet-stream"
    metadata: dict[str, str] = field(default_factory=dict)
    created: str = field(default_factory=_timestamp)

    @property
    def etag(self) -> str:
        """Changes with every change of data or metadata."""
        return base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()

    def resource(self, url: str) -> dict[str, Any]:
        """The object's JSON resource; ``url`` is the server's."""
        path = f"storage/v1/b/{self.bucket}/o/{quote(self.name, safe='')}"
        resource: dict[str, Any] = {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{url}/{path}",
            "mediaLink": f"{url}/download/{path}?generation={self.generation}&alt=media",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "contentType": self.content_type,
            "storageClass": "STANDARD",
            "size": str(len(self.data)),
            "md5Hash": md5_of(self.data),
            "crc32c": crc32c_of(self.data),
            "etag": self.etag,
            "timeCreated": self.created,
            "updated": self.created,
        }
        if self.metadata:
            resource["metadata"] = self.metadata
        return resource


def check_preconditions(found: GcsObject | None, query: Mapping[str, str]) -> None:
    """Raise 412 unless the ``if…Match`` parameters hold; a generation of 0 means "there is none"."""
    generation = found.generation if found else 0
    metageneration = found.metageneration if found else 0
    wanted = (
        ("ifGenerationMatch", generation, True),
        ("ifGenerationNotMatch", generation, False),
        ("ifMetagenerationMatch", metageneration, True),
        ("ifMetagenerationNotMatch", metageneration, False),
    )
    for name, actual, equal in wanted:
        if name in query and (int(query[name]) == actual) is not equal:
            message = "At least one of the pre-conditions you specified did not hold."
            raise GcsError(412, "conditionNotMet", message)


def check_hashes(data: bytes, resource: Mapping[str, Any], header: str) -> None:
    """Raise 400 when the checksums in the resource or in an ``X-Goog-Hash`` header do not fit the data."""
    claims = [("md5", resource.get("md5Hash")), ("crc32c", resource.get("crc32c"))]
    claims += [(kind.strip(), value) for kind, _, value in (part.partition("=") for part in header.split(",") if part)]
    for kind, claimed in claims:
        actual = md5_of(data) if kind == "md5" else crc32c_of(data)
        if claimed and claimed != actual:
            name = kind.upper()
            message = f'Provided {name} hash "{claimed}" doesn\'t match calculated {name} hash "{actual}".'
            raise GcsError(400, "invalid", message)


class Buckets:
    """All buckets of the server, in memory."""

    def __init__(self, may_replace: Callable[[], bool] = lambda: True) -> None:
        self._may_replace = may_replace
        self._buckets: dict[str, dict[str, GcsObject]] = {}
        self._generations = itertools.count(time.time_ns() // 1000)

    def create(self, name: str) -> None:
        """Make an empty bucket; 409 if there is one."""
        if name in self._buckets:
            message = "Your previous request to create the named bucket succeeded and you already own it."
            raise GcsError(409, "conflict", message)
        self._buckets[name] = {}

    def objects(self, bucket: str) -> dict[str, GcsObject]:
        """A bucket's objects by name; 404 if there is no such bucket."""
        if bucket not in self._buckets:
            raise GcsError(404, "notFound", "The specified bucket does not exist.")
        return self._buckets[bucket]

    def find(self, bucket: str, name: str, query: Mapping[str, str]) -> GcsObject:
        """The object, its preconditions checked; 404 if there is none (or not of the ``generation`` asked for)."""
        found = self.objects(bucket).get(name)
        if found is None or query.get("generation", str(found.generation)) != str(found.generation):
            raise GcsError(404, "notFound", f"No such object: {bucket}/{name}")
        check_preconditions(found, query)
        return found

    def store(
        self, bucket: str, name: str, data: bytes, resource: Mapping[str, Any], query: Mapping[str, str], hashes: str
    ) -> GcsObject:
        """Create or replace an object, if its preconditions and checksums hold."""
        objects = self.objects(bucket)
        if name in objects and not self._may_replace():
            message = "The caller does not have storage.objects.delete access to the Google Cloud Storage object."
            raise GcsError(403, "forbidden", message)
        check_preconditions(objects.get(name), query)
        check_hashes(data, resource, hashes)
        content_type = resource.get("contentType") or "application/octet-stream"
        metadata = dict(resource.get("metadata") or {})
        made = GcsObject(bucket, name, data, next(self._generations), content_type=content_type, metadata=metadata)
        objects[name] = made
        return made

    def page(self, bucket: str, query: Mapping[str, str]) -> tuple[list[GcsObject], list[str], str]:
        """One page of a listing: objects, prefixes (with a ``delimiter``), and the next page's token or ''."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        limit = min(int(query.get("maxResults", "1000")), 1000)
        after = base64.urlsafe_b64decode(query["pageToken"]).decode() if query.get("pageToken") else ""
        objects = self.objects(bucket)
        items: list[GcsObject] = []
        prefixes: list[str] = []
        last = ""
        for name in sorted((name for name in objects if name.startswith(prefix)), key=str.encode):
            cut = name.find(delimiter, len(prefix)) if delimiter else -1
            entry = name[: cut + len(delimiter)] if cut >= 0 else name
            if (after and entry.encode() <= after.encode()) or entry in prefixes[-1:]:
                continue
            if len(items) + len(prefixes) == limit:
                return items, prefixes, base64.urlsafe_b64encode(last.encode()).decode()
            last = entry
            if cut >= 0:
                prefixes.append(entry)
            else:
                items.append(objects[name])
        return items, prefixes, ""
