"""A file on its way in: ``NAME.part`` until it is complete and its checksum is right."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from helios_gui.storage.hashing import BLOCK
from helios_gui.storage.threads import Stop
from helios_gui.types import StorageError


class DamagedError(StorageError):
    """What arrived is not what was sent."""


class ChangedError(StorageError):
    """What was to be sent is not what it was said to be."""


class PartFile:
    """Takes blocks for ``target`` and hashes them on the way. Not for two writers at a time.

    A part left by an earlier attempt is continued; whether it was of the same object shows in the checksum.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.size = 0
        self._digest = hashlib.sha256()
        self._stream: BinaryIO | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be written to."""
        return self._stream is not None

    def open(self, stop: Stop) -> PartFile:
        """Open the part and hash what is there already. Raises ``OSError``."""
        try:
            stream = self.path.open("a+b")
        except FileNotFoundError:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            stream = self.path.open("a+b")
        self._stream = stream
        stream.seek(0)
        while block := stream.read(BLOCK):
            stop.check()
            self._digest.update(block)
            self.size += len(block)
        return self

    def write(self, block: bytes | bytearray) -> None:
        """Add a block."""
        assert self._stream is not None
        self._stream.write(block)
        self._digest.update(block)
        self.size += len(block)

    def restart(self) -> None:
        """Throw away what is there."""
        assert self._stream is not None
        self._stream.seek(0)
        self._stream.truncate()
        self._digest = hashlib.sha256()
        self.size = 0

    def check(self, sha256: str, total: int | None, what: str) -> None:
        """Raise ``DamagedError`` unless the part is ``total`` bytes with that SHA-256 (where these are known)."""
        if total is not None and self.size != total:
            raise DamagedError(f"{what} arrived with {self.size} of {total} bytes.", "Try again.")
        if sha256 and self._digest.hexdigest() != sha256.lower():
            raise DamagedError(f"{what} arrived damaged: its SHA-256 is not the one promised.", "Try again.")

    def finish(self) -> None:
        """Put the part in the target's place. Raises ``OSError``."""
        self.close()
        self.path.replace(self.target)

    def discard(self) -> None:
        """Remove the part."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the part and leave it for a later attempt."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self.size == 0:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
