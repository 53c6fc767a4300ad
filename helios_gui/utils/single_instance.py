"""One window for each person and each set of app folders: where it is reached, and what is said to it.

The running window holds a lock and listens at a local address. A later start says hello there, hands its files over
and ends. The one who listens speaks first: a window that hangs greets nobody, so nothing is ever left with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from helios_gui import product
from helios_gui.translation import tr
from helios_gui.utils.folders import AppFolders

GREETING = f"{product.PACKAGE} 1\n".encode()
"""What the listening window says first; the number is that of this conversation's rules."""

TAKEN = b"taken\n"
"""What it says when it has understood a request."""

MOST_BYTES = 4 * 1024 * 1024
"""The longest request; a command line is shorter on every platform."""

TOKEN_VARIABLES = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
"""Where a Wayland or X11 desktop leaves its leave to come to the front, for the program it starts."""

_LONGEST_ADDRESS = 100  # bytes; a socket's path may take 104 on macOS and 108 on Linux, with its end


@dataclass(frozen=True, slots=True)
class Address:
    """Where the window of one person and one set of folders is reached: a socket's path, or a pipe's name."""

    name: str
    lock: Path


@dataclass(frozen=True, slots=True)
class Request:
    """What a later start asks of the running window: to come to the front, and to add these files."""

    files: tuple[Path, ...] = ()
    token: str = ""

    def encode(self) -> bytes:
        """Return it as one line. Names that are not text survive it."""
        return json.dumps({"files": [str(file) for file in self.files], "token": self.token}).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Request:
        """Parse a line with a request. Raises ``ValueError`` for anything that no later start of ours would send."""
        try:
            document = json.loads(line)
        except RecursionError:
            raise ValueError(tr("nested too deep")) from None
        if not isinstance(document, dict):
            raise ValueError(tr("not a request"))
        files, token = document.get("files"), document.get("token")
        if not isinstance(files, list) or not isinstance(token, str):
            raise ValueError(tr("not a request"))
        if not all(isinstance(file, str) and _is_absolute_path(file) for file in files):
            raise ValueError(tr("not a request: its files have no absolute paths"))
        return cls(tuple(map(Path, files)), token if _is_name(token) else "")


def _is_absolute_path(text: str) -> bool:
    return os.path.isabs(text) and _is_name(text)  # noqa: PTH117 - makes no path of what is none


def _is_name(text: str) -> bool:
    """Return whether the operating system could be given a text: names that are not text can be, other halves not."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def address_of(folders: AppFolders) -> Address | None:
    """Return where the window on these folders is reached; ``None`` where no place is this person's alone."""
    places = f"{os.path.realpath(folders.data)}\n{os.path.realpath(folders.config)}"
    digest = hashlib.sha256(os.fsencode(places)).hexdigest()[:16]
    if sys.platform == "win32":
        folder = _temporary_folder()  # each user's own
        name = f"{product.PACKAGE}-{os.environ.get('USERNAME', '')}-{digest}"
        return Address(name, folder / f"{name}.lock")
    for folder in _candidates(os.environ):
        name = folder / f"{digest}.sock"
        if len(os.fsencode(name)) <= _LONGEST_ADDRESS and _make_private(folder):
            return Address(str(name), folder / f"{digest}.lock")
    return None


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield folders for what runs: the session's own, then the temporary one with the user's number in the name."""
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime:
        yield Path(runtime) / product.PACKAGE
    own_name = f"{product.PACKAGE}-{os.getuid()}"
    yield _temporary_folder() / own_name
    yield Path("/tmp") / own_name


def _temporary_folder() -> Path:
    import tempfile  # takes time, and is seldom needed

    return Path(tempfile.gettempdir())


def _make_private(folder: Path) -> bool:
    """Make a folder that nobody else can look into; whether it is one. In ``/tmp`` somebody may have been quicker."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
