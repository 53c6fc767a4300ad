"""Run a program as a container of a cloud does: alone with a read-only root, without /dev/shm, and as nobody.

    python jail.py --tmp FOLDER [--bind SOURCE:TARGET]… [--folder FOLDER] -- COMMAND…

The program sees this machine's files, read-only, but for top folders that are somebody's own, as root's home; its own
``/tmp``, in FOLDER; a ``/dev`` with the usual devices, without shared memory and without ``/dev/fd``; and what is bound
below ``/opt``, in such a folder, or over one that is there. It has a user id that owns nothing, no capabilities, can
gain none, and can make no user namespaces, as on Lambda. The network, the processes and the id of the process stay as
they are, so that it is found and ended like any other.

It needs no program but Python: mounts are made through the C library, in a namespace of their own.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

USER = 993
"""The user id of a function on Lambda; no account of this machine."""
OPEN_FILES = 1024
"""What Lambda allows."""

_NEWNS, _NEWUSER = 0x00020000, 0x10000000
_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_DUMPABLE, _NO_NEW_PRIVILEGES = 4, 38
_KEPT = {2: 2, 4: 4, 8: 8, 1024: 1024, 2048: 2048, 4096: 1 << 21}
"""Flags of ``statvfs`` and the same of ``mount``, which may not be dropped when a mount becomes read-only."""

_DEVICES = ("full", "null", "random", "tty", "urandom", "zero")


def jail_command(
    command: Sequence[str], tmp: Path, folder: str = "/", binds: Sequence[tuple[Path, str]] = ()
) -> list[str]:
    """Return the command that runs another one in a jail.

    Args:
        command: The program, as it is found inside, and its arguments.
        tmp: What is ``/tmp`` inside.
        folder: The working folder inside.
        binds: Folders of this machine, and where they are inside.
    """
    mounts = [word for source, target in binds for word in ("--bind", f"{source}:{target}")]
    return [sys.executable, __file__, "--tmp", str(tmp), "--folder", folder, *mounts, "--", *command]


@cache
def why_no_jail() -> str:
    """Return why this machine allows no jails; empty where it does."""
    if sys.platform != "linux":
        return "jails are made of Linux's namespaces"
    import tempfile

    with tempfile.TemporaryDirectory(prefix="jail-") as tmp:
        tried = subprocess.run(jail_command(["/bin/true"], Path(tmp)), capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else (tried.stderr.strip().splitlines() or ["it ended without a word"])[-1]


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tmp", type=Path, required=True)
    parser.add_argument("--folder", default="/")
    parser.add_argument("--bind", action="append", default=[])
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    owner = os.geteuid() == 0
    if owner:
        os.chown(options.tmp, USER, USER)
        _unshare(_NEWNS)
    else:
        _enter_user_namespace(_NEWNS | _NEWUSER)
    root = _build(options.tmp, [bind.partition(":")[::2] for bind in options.bind])
    if owner:
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        _call("prctl", _DUMPABLE, 1, 0, 0, 0)  # or /proc/self stays root's
        _enter_user_namespace(_NEWUSER)
    Path("/proc/sys/user/max_user_namespaces").write_bytes(b"0")
    os.chroot(root)  # who is in a changed root may make no user namespace: not earlier
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    os.chdir(options.folder)
    os.umask(0o022)
    os.execvp(options.command[0], options.command)


def _build(tmp: Path, binds: Sequence[tuple[str, str]]) -> Path:
    """Make the root that the program sees."""
    _mount(None, "/", None, _REC | _PRIVATE)
    root = tmp / "root"
    root.mkdir(exist_ok=True)
    _mount("root", root, "tmpfs", _NOSUID | _NODEV)
    for entry in sorted(Path("/").iterdir()):
        _repeat(entry, root / entry.name)
    (root / "tmp").mkdir(exist_ok=True)
    for source, target in binds:
        place = root / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        _bind(source, place)
    own = tmp / "tmp"
    own.mkdir(exist_ok=True)
    own.chmod(0o1777)
    _mount(str(own), root / "tmp", None, _BIND)
    _mount(None, root, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    return root


def _repeat(entry: Path, place: Path) -> None:
    """Show an entry of the root inside: folders by mounts; ``/opt`` by its entries, as something is added to it."""
    if entry.is_symlink():
        place.symlink_to(entry.readlink())
    elif not entry.is_dir() or entry.name in ("lost+found", "tmp"):
        return
    elif entry.name == "opt":
        place.mkdir()
        for part in entry.iterdir():
            _repeat(part, place / part.name)
    elif not entry.stat().st_mode & stat.S_IXOTH:
        place.mkdir()
    elif entry.name == "dev":
        _make_devices(place)
    else:
        place.mkdir()
        if entry.name == "proc":
            _mount(str(entry), place, None, _BIND | _REC)
        else:
            _bind(str(entry), place)


def _make_devices(place: Path) -> None:
    place.mkdir()
    for name in _DEVICES:
        if Path("/dev", name).exists():
            (place / name).touch()
            _mount(f"/dev/{name}", place / name, None, _BIND)


def _bind(source: str, place: Path) -> None:
    """Show a folder with all that is mounted in it, and let nobody write to it."""
    _mount(source, place, None, _BIND | _REC)
    for mounted in _mounts_below(place):
        kept = sum(flag for found, flag in _KEPT.items() if os.statvfs(mounted).f_flag & found)
        _mount(None, mounted, None, _REMOUNT | _BIND | _RDONLY | kept)


def _mounts_below(place: Path) -> Iterator[Path]:
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        mounted = Path(line.split()[1].encode().decode("unicode_escape"))
        if mounted.is_relative_to(place) and os.access(mounted, os.F_OK):
            yield mounted


def _enter_user_namespace(flags: int) -> None:
    """Enter namespaces in which the user is who it was before."""
    user, group = os.geteuid(), os.getegid()
    _unshare(flags)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_bytes(text.encode())


def _unshare(flags: int) -> None:
    _call("unshare", flags)


def _mount(source: str | None, target: Path | str, kind: str | None, flags: int) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, str(target), kind)]
    _call("mount", *words, flags, None)


def _call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}", str(arguments))


if __name__ == "__main__":
    _main()
