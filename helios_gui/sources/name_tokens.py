"""Names of outputs with tokens, such as ``{name}_{version}.mp4``."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import count
from pathlib import Path, PurePosixPath
from string import Formatter

from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.output_names import file_identity
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.types.frame_rate import short_rate

TOKENS = ("name", "date", "version", "width", "height", "fps", "profile")

_PARSER = Formatter()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenValues:
    """What the tokens of a name stand for. ``version`` is found on the disk.

    Attributes:
        name: The source's, without its suffix.
        day: Today.
        width: Pixels of the video.
        height: Pixels of the video.
        fps: Frames per second.
        profile: The profile's name; empty where none is chosen.
        others: Further tokens; they come before those of the same name.
    """

    name: str
    day: date
    width: int
    height: int
    fps: Fraction
    profile: str = ""
    others: Mapping[str, str] = field(default_factory=dict)


def has_tokens(template: str) -> bool:
    """Return whether a name has tokens, or braces that are meant as such."""
    return "{" in template or "}" in template


def fill_name(template: str, values: TokenValues, folder: Path) -> str:
    """Return a name with its tokens replaced. It reads the disk.

    Args:
        template: The name; ``{{`` and ``}}`` are braces.
        values: What the tokens stand for.
        folder: What the name is relative to; ``{version}`` becomes the first of v001, v002 … of which it has no file.

    Raises:
        UserInputError: There is no such token, or the braces do not match.
    """
    known = {
        "name": file_stem(values.name),
        "date": values.day.isoformat(),
        "width": str(values.width),
        "height": str(values.height),
        "fps": short_rate(values.fps),
        "profile": file_stem(values.profile or tr("local")),
        **{name: file_stem(text) for name, text in values.others.items()},
    }
    if "version" not in _used(template, {*TOKENS, *known}) or "version" in values.others:
        return template.format_map(known)
    for number in count(1):
        name = template.format_map({**known, "version": f"v{number:03}"})
        if not os.path.lexists(folder / name):
            return name
    raise AssertionError


def numbered_name(name: str, folder: Path, own: str | None = None) -> str:
    """Return the name, with the first number behind it that makes it free. It reads the disk.

    A name is not free where there is one that is the same file on some system, such as ``FILM.MP4`` for ``film.mp4``.

    Args:
        name: Relative to the folder.
        folder: Where the file will be.
        own: A name that counts as free.
    """
    path = PurePosixPath(name)
    taken = _names_in((folder / name).parent)
    for number in count(1):
        free = name if number == 1 else str(path.with_name(f"{path.stem} {number}{path.suffix}"))
        if free == own or file_identity(PurePosixPath(free).name) not in taken:
            return free
    raise AssertionError


def _names_in(folder: Path) -> set[str]:
    try:
        return {file_identity(name) for name in os.listdir(folder)}
    except OSError:
        return set()


def _used(template: str, tokens: Collection[str]) -> set[str]:
    try:
        parts = list(_PARSER.parse(template))
    except ValueError as error:
        raise UserInputError(
            tr("“{name}” is no name of an output: its braces do not match.", name=template),
            tr("Write {{ and }} for braces."),
        ) from error
    used = {name for _, name, _, _ in parts if name is not None}
    wrong = [part for part in parts if part[1] is not None and (part[1] not in tokens or part[2] or part[3])]
    if wrong:
        raise UserInputError(
            tr(
                "“{name}” has a token “{token}” that does not exist.", name=template, token="{" + str(wrong[0][1]) + "}"
            ),
            tr("There are {tokens}.", tokens=" ".join(map(_braced, sorted(tokens)))),
        )
    return used


def _braced(token: str | None) -> str:
    return "{" + (token or "") + "}"
