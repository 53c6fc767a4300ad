"""One upload to S3: in one request while that is small, else in parts; its SHA-256 verified by S3 either way."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

from helios_gui.storage.local_files import sha256_of, size_of
from helios_gui.storage.object_transfer import ChangedError, pause_before
from helios_gui.storage.s3_body import SendingBody
from helios_gui.storage.s3_errors import AWS_ERRORS, CONFLICT, EXISTS, code_of
from helios_gui.translation import tr
from helios_gui.utils.work_threads import Stop

SINGLE_LIMIT = 16 * 1024 * 1024
"""Bytes up to which one request carries the whole object."""

_PART = 8 * 1024 * 1024
_MOST_PARTS = 9_000  # S3 takes 10,000
_CONFLICT_RETRIES = 6
_CHECKSUMS = {"ChecksumAlgorithm": "SHA256"}  # some servers verify a checksum only when the algorithm is named too
_PRINTABLE = "".join(chr(code) for code in range(32, 127) if chr(code) != "%")


def encode_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return metadata as S3 takes it, in headers: ASCII only, everything else percent-encoded."""
    return {name: quote(value, safe=_PRINTABLE) for name, value in metadata.items()}


def decode_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Decode metadata, the opposite of ``encode_metadata``."""
    return {name: unquote(value) for name, value in metadata.items()}


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")


@dataclass(frozen=True, slots=True)
class S3Upload:
    """What to put where. ``sha256`` may be empty; ``report`` takes bytes sent."""

    client: Any
    bucket: str
    key: str
    source: Path | bytes
    sha256: str
    metadata: Mapping[str, str]
    create_only: bool
    stop: Stop
    report: Callable[[int], None]

    def run(self) -> bool:
        """Upload; ``False`` if the object must not exist and does. Raises botocore's errors and ``ChangedError``."""
        send = self._send_whole if size_of(self.source) <= SINGLE_LIMIT else self._send_parts
        conflicts = 0
        while True:
            try:
                send()
                return True
            except AWS_ERRORS as error:
                code = code_of(error)
                if self.create_only and code in EXISTS:
                    return False
                # Somebody else was writing the same key at that moment; S3 asks to look again.
                conflicts += 1
                if not self.create_only or code not in CONFLICT or conflicts == _CONFLICT_RETRIES:
                    raise
                self.stop.pause(pause_before(conflicts))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb") as stream:
            yield stream

    @property
    def _target(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key}

    @property
    def _condition(self) -> dict[str, str]:
        return {"IfNoneMatch": "*"} if self.create_only else {}

    def _stored_metadata(self, sha256: str) -> dict[str, str]:
        return {**encode_metadata(self.metadata), "sha256": sha256}

    def _check(self, actual: str) -> None:
        if self.sha256 and self.sha256.lower() != actual:
            raise ChangedError(
                tr("{key} is not what its SHA-256 says: it changed before it was sent.", key=self.key), tr("Try again.")
            )

    def _send_whole(self) -> None:
        actual = sha256_of(self.source, self.stop)
        self._check(actual)
        with self._opened() as stream:
            self.client.put_object(
                **self._target,
                **self._condition,
                Body=SendingBody(stream, 0, size_of(self.source), self.stop, self.report),
                **_CHECKSUMS,
                ChecksumSHA256=_base64(bytes.fromhex(actual)),
                Metadata=self._stored_metadata(actual),
            )

    def _send_parts(self) -> None:
        sha256 = self.sha256.lower() or sha256_of(self.source, self.stop)
        begun = self.client.create_multipart_upload(
            **self._target, **_CHECKSUMS, Metadata=self._stored_metadata(sha256)
        )
        upload = {**self._target, "UploadId": begun["UploadId"]}
        try:
            with self._opened() as stream:
                parts, actual = self._send_each(stream, upload)
            self._check(actual)
            self._complete(upload, parts, sha256)
        except BaseException:
            with contextlib.suppress(*AWS_ERRORS):
                self.client.abort_multipart_upload(**upload)
            raise

    def _complete(self, upload: Mapping[str, str], parts: list[dict[str, object]], sha256: str) -> None:
        try:
            self.client.complete_multipart_upload(**upload, **self._condition, MultipartUpload={"Parts": parts})
        except AWS_ERRORS as error:
            # The SDK asks again when an answer was lost; by then the upload may be complete, and no upload any more.
            if code_of(error) != "NoSuchUpload":
                raise
            if self.client.head_object(**self._target)["Metadata"].get("sha256") != sha256:
                raise

    def _send_each(self, stream: BinaryIO, upload: Mapping[str, str]) -> tuple[list[dict[str, object]], str]:
        """Send the parts; what S3 wants to know of them at the end, and the SHA-256 of what was sent."""
        size = max(_PART, -(-size_of(self.source) // _MOST_PARTS))
        whole = hashlib.sha256()
        parts: list[dict[str, object]] = []
        while block := stream.read(size):
            self.stop.check()
            whole.update(block)
            part = {"PartNumber": len(parts) + 1, "ChecksumSHA256": _base64(hashlib.sha256(block).digest())}
            body = SendingBody(io.BytesIO(block), 0, len(block), self.stop, self.report)
            answer = self.client.upload_part(**upload, **_CHECKSUMS, **part, Body=body)
            parts.append({**part, "ETag": answer["ETag"]})
        return parts, whole.hexdigest()
