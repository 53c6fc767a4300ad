"""The hooks of this computer, in one file that is written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from helios_gui.hooks.hook import Hook
from helios_gui.hooks.mail_server import MailServer
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.json_files import entry_name, read_object, write_object

_HOOKS, _MAIL = "hooks", "mail"


@dataclass(frozen=True, slots=True)
class HookBook:
    """What is told of jobs: the hooks, and the server that their mail goes through."""

    hooks: tuple[Hook, ...] = ()
    mail: MailServer | None = None


class HookStore:
    """Reads the hooks of ``path`` once. ``problem`` says in words which entries cannot be used; they are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = read_object(path)
        self._unusable: list[object] = []
        self._is_readable = found.unread is None
        problems = [found.problem] if found.problem else []
        hooks = []
        entries = found.content.get(_HOOKS, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            try:
                hooks.append(Hook.model_validate(entry))
            except ValidationError as error:
                self._unusable.append(entry)
                problems.append(
                    tr("Hook {name} is left out: {reason}", name=entry_name(entry), reason=first_problem(error))
                )
        self._mail_entry = found.content.get(_MAIL)
        self.mail: MailServer | None = None
        if self._mail_entry is not None:
            try:
                self.mail = MailServer.model_validate(self._mail_entry)
            except ValidationError as error:
                problems.append(tr("The mail server cannot be used: {reason}", reason=first_problem(error)))
        self.hooks: tuple[Hook, ...] = tuple(hooks)
        self.problem = " ".join(problems)

    @property
    def book(self) -> HookBook:
        """What can be used."""
        return HookBook(self.hooks, self.mail)

    def save_mail(self, mail: MailServer | None) -> None:
        """Replace the mail server.

        Raises:
            UserInputError: The file cannot be read or written.
        """
        self._mail_entry = None if mail is None else mail.model_dump(mode="json", exclude_defaults=True)
        self.save(self.hooks)
        self.mail = mail

    def save(self, hooks: Sequence[Hook]) -> None:
        """Replace the hooks that can be used.

        Raises:
            UserInputError: Two have the same name, or the file cannot be read or written.
        """
        names = [hook.name for hook in hooks]
        if len(set(names)) != len(names):
            raise UserInputError(tr("Two hooks have the same name."), tr("Choose another name."))
        entries = [hook.model_dump(mode="json", exclude_defaults=True) for hook in hooks]
        try:
            if not self._is_readable:
                raise PermissionError(self.problem)
            mail = {} if self._mail_entry is None else {_MAIL: self._mail_entry}
            write_object(self._path, {_HOOKS: [*entries, *self._unusable], **mail})
        except OSError as error:
            raise UserInputError(
                tr("{path} cannot be written: {reason}", path=self._path, reason=error.strerror or error),
                tr("Check the permissions of the file and its folder."),
            ) from error
        self.hooks = tuple(hooks)


def first_problem(error: ValidationError) -> str:
    """Return the first problem of an entry in words."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    words = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {words}" if where else words
