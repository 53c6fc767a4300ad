"""The tree of files that a package is made of: put in place, described, and made the same every time."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import app_icons
import changelog
import dependencies
import metadata
from metadata import ROOT

from helios_gui import __version__, product

HERE = Path(__file__).resolve().parent
MAINTAINER = f"{product.PUBLISHER} <maintainers@{product.PACKAGE}.invalid>"
"""Debian wants an address; nobody reads mail for the product, and this top-level domain says so (RFC 2606)."""

ICON_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""In pixels: those of the desktop's icon theme (freedesktop.org's hicolor)."""

_PROGRAMS = re.compile(rf"{re.escape(product.COMMAND)}|ffmpeg-.*")


@dataclass(frozen=True, slots=True)
class Package:
    """What makes one package: its ``version`` as dpkg writes it, and the moment (seconds) its files are of."""

    bundle: Path
    version: str
    moment: int
    releases: list[changelog.Release]


def stage(tree: Path, package: Package) -> None:
    """Fill the empty folder ``tree`` with the files to install and, in ``DEBIAN``, what dpkg is to know of them."""
    place = tree / "usr/lib" / product.PACKAGE
    shutil.copytree(package.bundle, place, symlinks=True)
    programs = tree / "usr/bin"
    programs.mkdir(parents=True)
    (programs / product.COMMAND).symlink_to(f"../lib/{product.PACKAGE}/{product.COMMAND}")
    share = tree / "usr/share"
    metadata.write_metadata(share, package.releases)
    _write_icons(share / "icons/hicolor")
    _write_documents(share, package)
    _set_modes(tree)
    _describe(tree, package)
    _set_times(tree, package.moment)


def _write_icons(hicolor: Path) -> None:
    pictures = {f"{size}x{size}/apps/{product.PACKAGE}.png": app_icons.png(size) for size in ICON_SIZES}
    pictures[f"scalable/apps/{product.PACKAGE}.svg"] = app_icons.DRAWING.read_bytes()
    for name, picture in pictures.items():
        path = hicolor / name
        path.parent.mkdir(parents=True)
        path.write_bytes(picture)


def _write_documents(share: Path, package: Package) -> None:
    documents = share / "doc" / product.PACKAGE
    documents.mkdir(parents=True)
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").partition("\n\n")[2].partition("\n\n")[2]
    indented = "\n".join(f" {line}" if line else " ." for line in licence.strip().splitlines())
    text = _fill("copyright", {"LICENSE_TEXT": indented})
    (documents / "copyright").write_text(text, encoding="utf-8")
    history = changelog.to_debian(package.releases, product.PACKAGE, MAINTAINER)
    history = history.replace(f"({changelog.debian_version(__version__)})", f"({package.version})", 1)
    # Without a dash in its version a package is its own upstream's, and its history is called this.
    _write_compressed(documents / "changelog.gz", history)
    manual = share / "man/man1" / f"{product.COMMAND}.1.gz"
    manual.parent.mkdir(parents=True)
    date = f"{package.releases[0].moment:%Y-%m-%d}"
    more = {"COMMAND_UPPER": product.COMMAND.upper(), "VERSION": package.version, "DATE": date}
    _write_compressed(manual, _fill("manual.1", more))
    overrides = share / "lintian/overrides" / product.PACKAGE
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(HERE / "lintian-overrides", overrides)


def _fill(source: str, more: dict[str, str]) -> str:
    names = {name: value for name, value in vars(product).items() if isinstance(value, str)} | more
    return re.sub(r"@([A-Z_]+)@", lambda match: names[match[1]], (HERE / source).read_text(encoding="utf-8"))


def _write_compressed(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def _set_modes(tree: Path) -> None:
    """Folders and programs for everybody to enter and run, all else to read: whatever the builder's habits are."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or _PROGRAMS.fullmatch(path.name)
            path.chmod(0o755 if runs else 0o644)


def _set_times(tree: Path, moment: int) -> None:
    for path in [tree, *tree.rglob("*")]:
        os.utime(path, (moment, moment), follow_symlinks=False)


def _describe(tree: Path, package: Package) -> None:
    """``DEBIAN/control`` and ``DEBIAN/md5sums``. No maintainer scripts: dpkg's triggers see to the desktop's caches."""
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files]
    kibibytes = sum(-(-path.stat().st_size // 1024) for path in files)
    place = tree / "usr/lib" / product.PACKAGE
    control = {
        "Package": product.PACKAGE,
        "Version": package.version,
        "Section": "video",
        "Priority": "optional",
        "Architecture": _output("dpkg", "--print-architecture"),
        "Maintainer": MAINTAINER,
        "Homepage": product.HOMEPAGE,
        "Installed-Size": str(kibibytes),
        "Depends": ", ".join(dependencies.needed_packages(place, place / "_internal")),
        "Recommends": ", ".join(dependencies.RECOMMENDED),
        "Description": _description(),
    }
    folder = tree / "DEBIAN"
    folder.mkdir(mode=0o755)
    (folder / "control").write_text("".join(f"{key}: {value}\n" for key, value in control.items()), encoding="utf-8")
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")


def _description() -> str:
    """The summary as Debian has it (no capital, no full stop), and the metainfo's first paragraph."""
    summary = product.SUMMARY[0].lower() + product.SUMMARY[1:]
    found = re.search(r"<description>\s*<p>(.*?)</p>", metadata.fill("metainfo.xml", {"RELEASES": ""}), re.DOTALL)
    assert found is not None
    words, lines = found[1].split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 76:
            lines.append("")
        lines[-1] += f" {word}"
    return "\n".join([summary, *lines])


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
