"""``CHANGELOG.md``, as AppStream and Debian want to have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

_HEADING = re.compile(r"^## \[?(?P<version>[^\]\s]+)\]?(?: - (?P<date>\d{4}-\d\d-\d\d))?\s*$")
_UNRELEASED = "Unreleased"


@dataclass(frozen=True, slots=True)
class Release:
    """One version: its changes, one sentence or a few each, without markup."""

    version: str
    moment: datetime
    changes: tuple[str, ...]
    is_out: bool = True


def read_releases(text: str, current: str, now: datetime) -> list[Release]:
    """The releases in a changelog, newest first. What is unreleased is ``current``'s, and of ``now``; unless
    ``current`` was released already, and what came since belongs to a version that has no number yet.

    Raises ``ValueError`` for a version that has no date, and when the newest version is not ``current``.
    """
    releases: list[Release] = []
    for heading, changes in _sections(text):
        if heading["version"] == _UNRELEASED:
            if changes:
                releases.append(Release(current, now, changes, is_out=False))
        elif heading["date"] is None:
            raise ValueError(f"CHANGELOG.md gives no date for version {heading['version']}")
        else:
            moment = datetime.fromisoformat(heading["date"]).replace(tzinfo=UTC)
            releases.append(Release(heading["version"], moment, changes))
    if len(releases) > 1 and releases[1].version == current:
        del releases[0]
    if not releases or releases[0].version != current:
        raise ValueError(f"CHANGELOG.md says nothing about version {current}")
    return releases


def to_appstream(releases: Sequence[Release]) -> str:
    """The ``<releases>`` of a metainfo file."""
    lines = ["  <releases>"]
    for release in releases:
        kind = "stable" if release.is_out else "development"
        lines.append(f'    <release version="{release.version}" date="{release.moment:%Y-%m-%d}" type="{kind}">')
        lines += ["      <description>", "        <ul>"]
        lines += [f"          <li>{escape(change)}</li>" for change in release.changes]
        lines += ["        </ul>", "      </description>", "    </release>"]
    return "\n".join([*lines, "  </releases>"])


def to_debian(releases: Sequence[Release], package: str, maintainer: str) -> str:
    """``debian/changelog``."""
    entries = []
    for release in releases:
        changes = "\n".join(_indented(change) for change in release.changes)
        moment = release.moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
        distribution = "unstable" if release.is_out else "UNRELEASED"
        heading = f"{package} ({debian_version(release.version)}) {distribution}; urgency=medium"
        entries.append(f"{heading}\n\n{changes}\n\n -- {maintainer}  {moment}\n")
    return "\n".join(entries)


def debian_version(version: str) -> str:
    """A Python version as dpkg sorts it: what comes before a release (``.dev1``, ``rc1``) after a tilde."""
    return re.sub(r"[.-]?(a|b|rc|\.?dev)(?=\d)", r"~\1", version).replace("~.", "~")


def _sections(text: str) -> Iterator[tuple[re.Match[str], tuple[str, ...]]]:
    heading: re.Match[str] | None = None
    changes: list[str] = []
    for line in [*text.splitlines(), "## end"]:
        if line.startswith("## "):
            if heading is not None:
                yield heading, tuple(_plain(change) for change in changes)
            heading, changes = _HEADING.match(line), []
        elif line.startswith("- "):
            changes.append(line[2:])
        elif line.startswith("  ") and changes:
            changes[-1] += " " + line.strip()


def _plain(markdown: str) -> str:
    linked = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"[`*]{1,2}", "", linked).strip()


def _indented(change: str, width: int = 78) -> str:
    lines, line = [], "  *"
    for word in change.split():
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = "   "
        line += " " + word
    return "\n".join([*lines, line])
