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
from helios_gui.utils.json_files import entry_name
from helios_gui.utils.model_entries import ModelEntries
from helios_gui.utils.model_problems import problems_in_words

_MAIL = "mail"


@dataclass(frozen=True, slots=True)
class HookSettings:
    """What is told of jobs: the hooks, and the server that their mail goes through."""

    hooks: tuple[Hook, ...] = ()
    mail: MailServer | None = None


class HookStore:
    """Reads the hooks of ``path`` once. ``problem`` says in words which entries cannot be used; they are kept."""

    def __init__(self, path: Path) -> None:
        self._entries = ModelEntries(path, "hooks", Hook)
        problems = [
            tr("Hook {name} is left out: {reason}", name=entry_name(one.entry), reason=one.reason)
            for one in self._entries.unusable
        ]
        self._mail_entry = self._entries.content.get(_MAIL)
        self.mail: MailServer | None = None
        if self._mail_entry is not None:
            try:
                self.mail = MailServer.model_validate(self._mail_entry)
            except ValidationError as error:
                problems.append(tr("The mail server cannot be used: {reason}", reason=problems_in_words(error, 1)))
        self.problem = " ".join(filter(None, (self._entries.problem, *problems)))

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """Those that can be used."""
        return self._entries.entries

    @property
    def settings(self) -> HookSettings:
        """What can be used."""
        return HookSettings(self.hooks, self.mail)

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
        self._entries.save(hooks, **({} if self._mail_entry is None else {_MAIL: self._mail_entry}))
