"""Entries of one kind in a JSON file of the app: those that cannot be used are named, and kept as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.json_files import read_object, write_object
from helios_gui.utils.model_problems import problems_in_words

Entry = TypeVar("Entry", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Unusable:
    """An entry that cannot be used, and the first reason in words."""

    entry: Any
    reason: str


class ModelEntries(Generic[Entry]):
    """The list under ``key`` in the file ``path``, read once.

    Attributes:
        entries: Those that can be used.
        unusable: The others; they are written back by ``save``.
        content: All that the file holds.
        problem: Why the file itself cannot be used, in words; empty if it can.
    """

    def __init__(self, path: Path, key: str, model: type[Entry]) -> None:
        self._path = path
        self._key = key
        found = read_object(path)
        self._is_readable = found.unread is None
        self.content = found.content
        self.problem = found.problem
        usable: list[Entry] = []
        unusable: list[Unusable] = []
        entries = found.content.get(key, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            try:
                usable.append(model.model_validate(entry))
            except ValidationError as error:
                unusable.append(Unusable(entry, problems_in_words(error, 1)))
        self.entries: tuple[Entry, ...] = tuple(usable)
        self.unusable = tuple(unusable)

    def save(self, entries: Sequence[Entry], **other: Any) -> None:
        """Replace the entries that can be used, and what else is in the file.

        Raises:
            UserInputError: The file cannot be read or written.
        """
        written = [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]
        try:
            if not self._is_readable:
                raise PermissionError(self.problem)
            write_object(self._path, {self._key: [*written, *(one.entry for one in self.unusable)], **other})
        except OSError as error:
            raise UserInputError(
                tr("{path} cannot be written: {reason}", path=self._path, reason=error.strerror or error),
                tr("Check the permissions of the file and its folder."),
            ) from error
        self.entries = tuple(entries)
