#!/usr/bin/env python3
"""Write the desktop entry, the AppStream metainfo and the MIME type into a folder, as they are installed.

The names, ids and file types come from ``helios_gui/product.py``, the releases from ``CHANGELOG.md``, and the rest
from ``resources/desktop/``, whose files have ``@NAMES@`` in these places.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import changelog  # noqa: E402

from helios_gui import __version__, product  # noqa: E402


def write_metadata(share: Path, releases: list[changelog.Release]) -> None:
    """Write the three files below ``share`` (as ``/usr/share``)."""
    globs = "\n".join(f'    <glob pattern="*{suffix}" weight="60"/>' for suffix in product.SUFFIXES)
    more = {"RELEASES": changelog.to_appstream(releases), "GLOBS": globs}
    for source, target in (
        ("entry.desktop", f"applications/{product.PACKAGE}.desktop"),
        ("metainfo.xml", f"metainfo/{product.APP_ID}.metainfo.xml"),
        ("mime.xml", f"mime/packages/{product.PACKAGE}.xml"),
    ):
        path = share / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill(source, more), encoding="utf-8")


def fill(source: str, more: dict[str, str]) -> str:
    """A file of ``resources/desktop`` with its names filled in; raises ``KeyError`` for an unknown one."""
    text = (ROOT / "resources" / "desktop" / source).read_text(encoding="utf-8")
    names = {name: value for name, value in vars(product).items() if isinstance(value, str)}
    if source.endswith(".xml"):
        names = {name: escape(value) for name, value in names.items()}
    return re.sub(r"@([A-Z_]+)@", lambda match: {**names, **more}[match[1]], text)


def current_releases(moment: datetime) -> list[changelog.Release]:
    """The releases in this checkout's changelog."""
    return changelog.read_releases((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), __version__, moment)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(f"usage: {sys.argv[0]} SHARE_FOLDER")
    write_metadata(Path(sys.argv[1]), current_releases(datetime.now(UTC)))
