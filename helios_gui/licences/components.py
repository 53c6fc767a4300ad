"""What of other people's work is in this installation, under which licences: the list behind Help and the installers.

An installer carries the list as a file, collected when it was built. Elsewhere the same is read from what is
installed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER_NAME = "licences"
"""The folder inside a bundle that holds what was collected."""

FILE_NAME = "third-party-licences.json"


@dataclass(frozen=True, slots=True)
class LicenceText:
    """One file that a component came with, such as ``LICENSE`` or ``NOTICE``."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Component:
    """One piece of somebody else's work.

    ``licence`` is an SPDX expression where the component says enough to tell, else its own words, or empty.
    ``package`` is the name of its Python distribution; empty for what comes ``inside`` one. ``notice`` says how it is
    used and what may be done with it; ``source`` is where its source code is, when that is not the homepage.
    """

    name: str
    version: str
    licence: str
    package: str = ""
    inside: str = ""
    homepage: str = ""
    source: str = ""
    notice: str = ""
    texts: tuple[LicenceText, ...] = ()


def components(collected: Path | None = None) -> list[Component]:
    """All components by name, from ``collected`` (or this bundle's own list), else from what is installed.

    Reads dozens of files where nothing was collected: tens of milliseconds. A list that cannot be read counts as
    none.
    """
    path = collected or collected_file()
    if path is not None:
        try:
            return read_components(path)
        except (OSError, ValueError, TypeError, KeyError):
            pass
    from helios_gui.licences.installed import installed_components

    return installed_components()


def collected_file() -> Path | None:
    """The list inside a bundle; ``None`` where this is not one, or it has none."""
    bundle = getattr(sys, "_MEIPASS", None)
    path = Path(bundle, FOLDER_NAME, FILE_NAME) if bundle else None
    return path if path is not None and path.is_file() else None


def read_components(path: Path) -> list[Component]:
    """A list that was collected. Raises ``OSError``, or ``ValueError``, ``TypeError`` or ``KeyError`` if damaged."""
    entries = json.loads(path.read_text(encoding="utf-8"))["components"]
    return [Component(**{**entry, "texts": tuple(LicenceText(**text) for text in entry["texts"])}) for entry in entries]


def write_components(path: Path, found: list[Component]) -> None:
    """Write a list that ``read_components`` reads; the same list makes the same file."""
    document = {"components": [asdict(component) for component in found]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def whole_text(component: Component) -> str:
    """Everything there is to read about a component: notice, where its source is, and its texts."""
    parts = [component.notice]
    if component.source:
        parts.append(f"Source code: {component.source}")
    parts += [f"{text.name}\n{'─' * len(text.name)}\n\n{text.text}" for text in component.texts]
    if not component.texts:
        parts.append(_no_text(component))
    return "\n\n".join(part.strip("\n") for part in parts if part)


def _no_text(component: Component) -> str:
    words = "No licence text came with this component."
    return f"{words} See {component.homepage}" if component.homepage else words
