"""Following a growing log file, cheaply and within bounds, whatever is written to it."""

from __future__ import annotations

import os
import re
from collections import deque
from pathlib import Path

_CUT_MARK = " …"
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor moves (ECMA-48 control sequences)
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # window titles and links
    r"|\x1b[@-Z\\-_]?"
)


class LogTail:
    r"""Reads what was added to a file since the last ``read``, as lines.

    Lines end at ``\\n``, ``\\r`` (progress that overwrites itself) or both. Bytes that are not UTF-8 become
    replacement characters; terminal colours are removed. The file is opened for each read only, so it may be
    missing yet, be truncated (reading starts over) or be deleted at any time.

    keep: how many of the last lines ``lines`` holds.
    start_at_tail: at the first read skip all but about this many bytes, up to the next line's begin.
    block: bytes read at most by one ``read``.
    backlog: when more than this many bytes wait, skip to the last ``block`` of them.
    line_limit: bytes of a line that are kept; the rest is dropped, and ``…`` says so.
    """

    def __init__(
        self,
        path: Path,
        *,
        keep: int = 200,
        start_at_tail: int | None = None,
        block: int = 256 * 1024,
        backlog: int | None = None,
        line_limit: int = 8 * 1024,
    ) -> None:
        self.path = path
        self.skipped = 0
        """Bytes passed over so far by ``start_at_tail`` and ``backlog``."""
        self._lines: deque[str] = deque(maxlen=keep)
        self._start_at_tail = start_at_tail
        self._block = block
        self._backlog = backlog
        self._line_limit = line_limit
        self._position = 0
        self._size = 0
        self._identity: tuple[int, int] | None = None
        self._partial = b""
        self._in_skipped_line = False
        self._after_return = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines read, oldest first."""
        return tuple(self._lines)

    @property
    def size(self) -> int:
        """The file's size in bytes at the last ``read``."""
        return self._size

    @property
    def behind(self) -> bool:
        """Whether the last ``read`` left something unread: read again when there is time."""
        return self._position < self._size

    def read(self) -> list[str]:
        """Return the lines completed since the last read, at most ``block`` bytes; none while nothing is new."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            if self._identity is not None:  # deleted: whatever comes in its place is another file
                self._start_over()
            return []
        except OSError:
            return []
        if status.st_size < self._position or self._identity not in (None, (status.st_dev, status.st_ino)):
            self._start_over()
        self._size = status.st_size
        if self._position == self._size:
            return []
        try:
            with self.path.open("rb", buffering=0) as file:
                data = self._read_block(file.fileno())
        except OSError:
            return []
        self._identity = (status.st_dev, status.st_ino)
        return self._remember(self._split(data))

    def read_rest(self) -> list[str]:
        """Return all that is unread now, and the last line even if it has no end yet: for when the writer is done."""
        lines = self.read()
        end = self._size
        while self._position < end:
            before = self._position
            lines += self.read()
            if self._position <= before:  # truncated or gone
                break
        return lines + self.flush()

    def flush(self) -> list[str]:
        """Return the unfinished last line as if it were complete; nothing if there is none."""
        partial, self._partial = self._partial, b""
        return self._remember(self._decode([partial])) if partial else []

    def skip_to(self, position: int) -> None:
        """Go on at this position of the file, whose part before it was made shorter by us."""
        self._position = self._size = position
        self._partial = b""
        self._in_skipped_line = self._after_return = False

    def _start_over(self) -> None:
        self._position = self._size = 0
        self._identity = None
        self._start_at_tail = None
        self._partial = b""
        self._in_skipped_line = self._after_return = False

    def _read_block(self, descriptor: int) -> bytes:
        waiting = self._size - self._position
        if self._start_at_tail is not None and waiting > self._start_at_tail:
            self._skip(waiting - self._start_at_tail)
        elif self._backlog is not None and waiting > self._backlog:
            self._skip(waiting - self._block + 1)
        self._start_at_tail = None
        os.lseek(descriptor, self._position, os.SEEK_SET)
        data = os.read(descriptor, min(self._block, self._size - self._position))
        self._position += len(data)
        return data

    def _skip(self, count: int) -> None:
        """Pass over ``count`` bytes and the rest of the line they end in."""
        count -= 1  # if the byte before is a line's end, that rest is empty and no line is lost
        self._position += count
        self.skipped += count
        self._partial = b""
        self._in_skipped_line = True
        self._after_return = False

    def _split(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` completes; the rest is kept in ``_partial``, bounded."""
        if not data:
            return []
        if self._after_return and data.startswith(b"\n"):  # the second half of \r\n
            data = data[1:]
        self._after_return = data.endswith(b"\r")
        pieces = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if self._in_skipped_line and len(pieces) > 1:  # the begin of its first line was skipped
            self._in_skipped_line = False
            del pieces[0]
        elif self._in_skipped_line:
            return []
        pieces[0] = self._partial + pieces[0]
        # One byte past the limit is kept, so that a line that was cut still shows when it is complete.
        self._partial = pieces.pop()[: self._line_limit + 1]
        return self._decode(pieces)

    def _decode(self, pieces: list[bytes]) -> list[str]:
        if not pieces:
            return []
        limit = self._line_limit
        if max(map(len, pieces)) > limit:
            mark = _CUT_MARK.encode()
            pieces = [piece if len(piece) <= limit else piece[:limit] + mark for piece in pieces]
        text = b"\n".join(pieces).decode("utf-8", "replace")
        if "\x1b" in text:
            text = _ESCAPE.sub("", text)
        return text.split("\n")

    def _remember(self, lines: list[str]) -> list[str]:
        self._lines.extend(lines)
        return lines
