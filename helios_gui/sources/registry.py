"""The kinds of sources, by the suffixes of their files."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from helios_gui.sources.planned_job import AnyKind

_KINDS = {
    (".html", ".htm"): ("helios_gui.sources.page", "PageKind"),
}
"""Suffixes, module and class of each kind; modules are imported when one of their files comes."""


def is_source(path: Path) -> bool:
    """Return whether a file is one that a job can be made of. It reads the disk."""
    return _place(path) is not None and not path.is_dir()


def find_kind(path: Path) -> AnyKind:
    """Return the kind of a source.

    Raises:
        KeyError: No kind has files with this suffix.
    """
    place = _place(path)
    if place is None:
        raise KeyError(path.suffix)
    module, name = place
    kind: AnyKind = getattr(import_module(module), name)()
    return kind


def source_suffixes() -> tuple[str, ...]:
    """Return the suffixes of all sources, in lower case and with the dot."""
    return tuple(suffix for suffixes in _KINDS for suffix in suffixes)


def _place(path: Path) -> tuple[str, str] | None:
    suffix = path.suffix.lower()
    return next((place for suffixes, place in _KINDS.items() if suffix in suffixes), None)
