"""Pages that are the source of a project: they have to be built, and no browser shows them before that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from helios_gui.resources import resource_path
from helios_gui.translation import tr
from helios_gui.web.devtools import DevTools

_SOURCES = (".ts", ".tsx", ".mts", ".cts", ".jsx", ".vue", ".svelte", ".astro", ".scss", ".sass", ".less", ".styl")
_BUILT = ("dist", "build", "out", "public", "www", "docs")
"""Folders that tools put what they build into."""
_REFUSED_SCRIPT = "Failed to load module script"
_NOT_FOUND_BY_NAME = "Failed to resolve module specifier"
"""What Chromium says of ``import "vue"``, which the tools of projects understand."""


def watch_scripts(tools: DevTools, folder: Path, note: Callable[[str], None]) -> None:
    """Have a page told of whose scripts the browser runs none, as they are in another language.

    Args:
        tools: The connection to the page, whose ``Log`` is enabled.
        folder: The page's folder.
        note: Is called with what is wrong, in words.
    """

    def take_entry(event: dict[str, Any]) -> None:
        entry = event["entry"]
        if entry["source"] == "javascript" and entry["text"].startswith(_REFUSED_SCRIPT):
            path = unquote(urlsplit(entry.get("url", "")).path)
            words = tr("The page has the script {path}, which is none that a browser runs.", path=path)
            is_source = PurePosixPath(path).suffix.lower() in _SOURCES
            note(f"{words} {_advice(folder)}" if is_source else words)

    tools.listen("Log.entryAdded", take_entry)


async def unrun_script_words(tools: DevTools) -> str | None:
    """Return what to say of a page with scripts that something else has to translate, which it does not bring."""
    script = resource_path("web", "unrun_scripts.js").read_text(encoding="utf-8")
    answer = await tools.send("Runtime.evaluate", expression=script, returnByValue=True)
    found = answer["result"].get("value")
    if not found:
        return None
    kind, translator = found
    return (
        tr("The page has a script of the type {type}, which no browser runs.", type=kind)
        + " "
        + tr(
            "Load what translates it ({name}) in the page, or build the page and take the one that this makes.",
            name=translator,
        )
    )


def with_advice(words: str, folder: Path) -> str:
    """Return the words of an error, and what to do about it where the page is the source of a project."""
    return f"{words} {_advice(folder)}" if _NOT_FOUND_BY_NAME in words else words


def _advice(folder: Path) -> str:
    for built in (f"{name}/index.html" for name in _BUILT):
        if (folder / built).is_file():
            return tr("It is the source of a project. Take {page}, which was built of it.", page=built)
    return tr(
        "It is the source of a project: build it, for example with “npm run build”, and take the page that this makes."
    )
