"""Shared libraries follow from what needs them: one that nothing in the bundle loads is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePosixPath

import selection
from PyInstaller.depend.bindepend import get_imports

Entry = tuple[str, str, str]
"""PyInstaller's: name in the bundle, file (of a link: what it points to), kind."""

_SYSTEM_FOLDERS = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")


def needed_binaries(entries: Iterable[Entry]) -> list[Entry]:
    """Of PyInstaller's binaries those that stay: modules, chosen plugins, and the libraries these need."""
    kept = [entry for entry in entries if selection.keeps_plugin(entry[0])]
    libraries = {_file_name(name): file for name, file, kind in kept if kind == "BINARY" and _is_library(name)}
    roots = [(name, file) for name, file, kind in kept if kind in ("BINARY", "EXTENSION") and not _is_library(name)]
    needed = _closure((file for _, file in roots), libraries)
    for_python = _closure((file for name, file in roots if not name.startswith("PySide6")), libraries)
    return [entry for entry in kept if _stays(entry, needed, for_python)]


def without_loose_links(entries: Iterable[Entry], binaries: Iterable[Entry]) -> list[Entry]:
    """Data files without the links to libraries that are not there."""
    there = {_file_name(name) for name, _, kind in binaries if kind != "SYMLINK"}
    return [entry for entry in entries if entry[2] != "SYMLINK" or _file_name(entry[1]) in there]


def without_symbols(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """The binaries with Python and its modules made smaller: copies in ``folder``, without what only debuggers read.

    Other shared libraries stay as they are: ``strip`` damages those that have been given other search paths.
    """
    found = []
    for name, file, kind in entries:
        is_python = kind == "BINARY" and name.startswith("libpython")
        if is_python or (kind == "EXTENSION" and not name.startswith("PySide6")):
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["strip", "--strip-debug", "-o", copy, file], check=True)
            file = str(copy)
        found.append((name, file, kind))
    return found


def sizes_of_missing(offered: Iterable[Entry], kept: Iterable[Entry]) -> dict[str, int]:
    """What is left out, by its name in the bundle, with its size in bytes."""
    names = {name for name, _, _ in kept}
    missing = [(name, file) for name, file, kind in offered if name not in names and kind != "SYMLINK"]
    return {f"/{name}".replace("\\", "/"): Path(file).stat().st_size for name, file in missing}


def _stays(entry: Entry, needed: set[str], for_python: set[str]) -> bool:
    name, file, kind = entry
    if not _is_library(name):
        return True
    short = _file_name(name)
    if kind != "SYMLINK" and sys.platform == "linux" and file.startswith(_SYSTEM_FOLDERS):
        return _system_library_stays(short, needed, for_python)
    return short in needed or short.startswith("libpython")


def _system_library_stays(name: str, needed: set[str], for_python: set[str]) -> bool:
    if selection.is_any(name, selection.SYSTEM_LIBRARIES_LEFT):
        return False
    if name in for_python or name.startswith("libpython"):
        return True
    return name in needed and selection.is_any(name, selection.SYSTEM_LIBRARIES_INCLUDED)


def _closure(files: Iterable[str], libraries: dict[str, str]) -> set[str]:
    """The file names of all libraries that these files load, directly or through others."""
    found: set[str] = set()
    waiting = [name for file in files for name in _imports(file)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name in libraries:
                waiting.extend(_imports(libraries[name]))
    return found


@cache
def _imports(file: str) -> frozenset[str]:
    return frozenset(_file_name(name) for name, _ in get_imports(file))


def _is_library(name: str) -> bool:
    """Whether it is something that others load, not a module of Python or a plugin."""
    path = PurePosixPath(name.replace("\\", "/"))
    if "plugins" in path.parts or ".abi3." in path.name.replace("libpyside6.abi3", "").replace("libshiboken6.abi3", ""):
        return False
    if sys.platform == "win32":
        return path.suffix.lower() == ".dll"
    return path.name.startswith("lib") and (".so" in path.name or path.suffix == ".dylib")


def _file_name(name: str) -> str:
    short = Path(name.replace("\\", "/")).name
    return os.path.normcase(short)
