"""Third-party components and their licences, and the file they are collected in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from helios_gui.translation import tr


@dataclass(frozen=True, slots=True)
class LicenceText:
    """A text file that is part of a component, such as ``LICENSE`` or ``NOTICE``."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Component:
    """A third-party package, library or program.

    Attributes:
        name: Its name.
        version: Its version; empty if unknown.
        licence: An SPDX expression, or what the component says if that names no known licence; may be empty.
        package: The canonical name of its Python distribution; empty for what is part of one.
        inside: The canonical name of the distribution that it is part of; empty for a distribution.
        homepage: Its URL.
        source: The URL of its source code, if that is not the homepage.
        notice: How it is used here and what the licence permits.
        texts: Its licence texts.
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


def read_components(path: Path) -> list[Component]:
    """Read a list written by ``write_components``.

    Raises:
        OSError: If the file cannot be read.
        ValueError, TypeError, KeyError: If its content is damaged.
    """
    entries = json.loads(path.read_text(encoding="utf-8"))["components"]
    return [Component(**{**entry, "texts": tuple(LicenceText(**text) for text in entry["texts"])}) for entry in entries]


def write_components(path: Path, found: list[Component]) -> None:
    """Write a list for ``read_components``; equal lists make identical files."""
    document = {"components": [asdict(component) for component in found]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def whole_text(component: Component) -> str:
    """Return a component's notice, the address of its source code and its licence texts as one text."""
    parts = [component.notice]
    if component.source:
        parts.append(tr("Source code: {source}", source=component.source))
    parts += [f"{text.name}\n{'─' * len(text.name)}\n\n{text.text}" for text in component.texts]
    if not component.texts:
        parts.append(_no_text(component))
    return "\n\n".join(part.strip("\n") for part in parts if part)


def _no_text(component: Component) -> str:
    words = tr("No licence text came with this component.")
    return tr("{words} See {homepage}", words=words, homepage=component.homepage) if component.homepage else words
