"""Files that a page names although .heliosignore leaves them out: it would be without them in a cloud."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from helios_gui.jobfile.command_line import own_command_in, parse_command
from helios_gui.storage.ignore import IGNORE_FILE
from helios_gui.translation import tr
from helios_gui.types import JobSpec, UserInputError

_TEXTS = {".html", ".htm", ".css", ".js", ".mjs", ".cjs", ".json", ".svg", ".webmanifest"}
"""What a page is written in: where it names the files that it loads."""
_MOST_TEXTS, _LARGEST_TEXT = 2000, 4 * 1024 * 1024


def renders_page(spec: JobSpec) -> bool:
    """Return whether the job's chunks render a web page. They are taken to be alike."""
    try:
        return bool(spec.chunks) and own_command_in(parse_command(spec.chunks[0].command)) == "web"
    except UserInputError:
        return False


def notes_about_left_out(
    folder: Path, paths: Collection[str], left_out: Collection[str], check: Callable[[], None]
) -> Iterator[str]:
    """Yield a note for each file or folder that is left out and named in the page's texts; blocking.

    Args:
        folder: The job's folder.
        paths: What is uploaded, relative with ``/``.
        left_out: What is not; folders end with ``/``.
        check: Is called often and may raise to stop it.
    """
    wanted = {path: {name.encode() for name in _names_of(path)} for path in left_out}
    texts = [path for path in paths if PurePosixPath(path).suffix.lower() in _TEXTS]
    for text in texts[:_MOST_TEXTS] if wanted else ():
        check()
        content = _read(folder / text)
        for path in [path for path, names in wanted.items() if any(name in content for name in names)]:
            del wanted[path]
            yield tr(
                "{path} is named in {text}, but {ignore_file} leaves it out: the page will not find it in the cloud.",
                path=path,
                text=text,
                ignore_file=IGNORE_FILE,
            )


def _names_of(path: str) -> Iterator[str]:
    """Yield how a page may write it: with the name alone, as the folder before it depends on where that is written."""
    name = PurePosixPath(path).name + ("/" if path.endswith("/") else "")
    yield name
    yield quote(name)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_TEXT)
    except OSError:  # told of when it is uploaded
        return b""
