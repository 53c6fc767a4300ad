"""The Debian packages a bundle needs, found by looking into its programs and libraries."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

LOADED_BY_NAME = {
    "libx11-6": "libX11.so.6 activates the window (helios_gui/ui/desktop/x11.py)",
    "fontconfig-config": "without its settings no font is found, and without a font no word is seen; it brings one",
}
"""What no file names as needed, since it is loaded while the program runs or is data; with the reason."""

RECOMMENDED = {
    "ca-certificates": "to trust the clouds' servers",
    "shared-mime-info": "to know job files by their content",
    "xdg-utils": "to show a finished video in its folder, and in other programs",
}


class MissingLibraryError(Exception):
    """A library that is neither in the bundle nor installed here, so that its package cannot be told."""


@dataclass(frozen=True, slots=True)
class _Needs:
    """What one program or library needs: files outside the bundle, and the newest version of the C library."""

    outside: frozenset[str]
    libc: tuple[int, ...]


def needed_packages(bundle: Path, loader_path: Path) -> list[str]:
    """The packages for ``Depends``, sorted; the C library with the version that brought the newest symbol in use.

    ``loader_path`` is where the bundle's start program lets the loader look first. Raises ``MissingLibraryError``.
    """
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        needs = list(threads.map(lambda file: _inspect(file, bundle, loader_path), elf_files(bundle)))
        libraries = sorted(frozenset().union(*(need.outside for need in needs)))
        packages = {*threads.map(_package_of, libraries), *LOADED_BY_NAME}
    version = ".".join(map(str, max(need.libc for need in needs)))
    return sorted(f"{package} (>= {version})" if package == "libc6" else package for package in packages)


def elf_files(folder: Path) -> Iterator[Path]:
    """Every program and library below a folder, each once: a link is not one."""
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if not path.is_symlink():
                with path.open("rb") as stream:
                    if stream.read(4) == b"\x7fELF":
                        yield path


def _inspect(file: Path, bundle: Path, loader_path: Path) -> _Needs:
    headers = _run("objdump", "-p", str(file))
    named = re.findall(r"^  NEEDED +(\S+)$", headers, re.MULTILINE)
    versions = re.findall(r"\bGLIBC_(\d+(?:\.\d+)+)\b", headers)
    libc = max((tuple(map(int, version.split("."))) for version in versions), default=(0,))
    if not named:
        return _Needs(frozenset(), libc)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(loader_path), "LC_ALL": "C"}
    answer = subprocess.run(["ldd", file], env=environment, capture_output=True, text=True, check=False).stdout
    found = dict(re.findall(r"^\t(\S+) => (.+?)(?: \(0x[0-9a-f]+\))?$", answer, re.MULTILINE))
    missing = [name for name in named if found.get(name) == "not found"]
    if missing:
        raise MissingLibraryError(f"{file} needs {', '.join(missing)}: neither in the bundle nor on this machine")
    inside = bundle.resolve()
    paths = {found[name] for name in named if name in found}
    return _Needs(frozenset(path for path in paths if not Path(path).resolve().is_relative_to(inside)), libc)


def _package_of(library: str) -> str:
    """The package that a library's file belongs to. Since Debian's /usr merge a file has two names."""
    real = os.path.realpath(library)
    for place in dict.fromkeys((library, real, library.removeprefix("/usr"), real.removeprefix("/usr"))):
        done = subprocess.run(["dpkg", "--search", place], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    raise MissingLibraryError(f"no Debian package has {library}")


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
