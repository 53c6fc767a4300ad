"""The sheet for one hook: what is done, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from helios_gui.hooks.hook import NAME_LENGTH, Hook, HookEvent
from helios_gui.hooks.hook_text import event_names, format_names
from helios_gui.hooks.store import HookSettings
from helios_gui.profiles.json_entries import same_name
from helios_gui.translation import tr
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.hooks.sheet import SettingSheet
from helios_gui.ui.settings.fields import FormGrid
from helios_gui.ui.theme import monospace_font


class HookTarget(StrEnum):
    """What a hook does; each is the setting of a hook that says the rest."""

    URL = "url"
    EMAIL = "email"
    COMMAND = "command"


class HookSheet(SettingSheet):
    """Edits a hook, or a new one if ``hook`` is ``None``; ``saved`` carries it.

    Args:
        hook: The hook as it is.
        settings: All hooks, and the mail server for a test.
        profiles: The names of the profiles.
        log: Where what was sent is noted.
        run: Starts a task.
        parent: The window it belongs to.
    """

    def __init__(
        self,
        hook: Hook | None,
        settings: HookSettings,
        profiles: Sequence[str],
        log: Path,
        run: RunTask,
        parent: QWidget,
    ) -> None:
        super().__init__(tr("New hook") if hook is None else tr("Hook"), tr("Test"), log, run, parent)
        self._hook = hook
        self._settings = settings
        self._taken = [other.name for other in settings.hooks if other is not hook]
        self.name = self._line("name", tr("Name"), "", tr("Tell the studio"))
        self.name.setMaxLength(NAME_LENGTH)
        targets = {
            HookTarget.URL: tr("Post to a chat or web address"),
            HookTarget.EMAIL: tr("Send an e-mail"),
            HookTarget.COMMAND: tr("Run a command"),
        }
        self.target = self._choice("target", tr("What it does"), targets, "")
        self._parts = {target: self._make_part() for target in HookTarget}
        self._make_fields()
        self.events = self._make_events()
        self.profile = self._choice("profiles", tr("Only for"), self._profile_choices(profiles), "")
        self.enabled = QCheckBox(tr("Turned on"))
        self._add("enabled", "", self.enabled, "")
        self.form.finish()
        for box in (self.target, self.body_format, self.profile):  # these sentences are longer than numbers
            box.setFixedWidth(max(box.width(), box.sizeHint().width()))
        self.target.currentIndexChanged.connect(self._show_part)
        self._fill(hook or Hook(name="x", url="https://x"))
        if hook is None:
            self.name.clear()
            self.url.clear()
        self._show_part()
        self.name.setFocus()

    def setting(self) -> Hook | None:
        """Return the hook that is entered."""
        hook = self._read(self.name.text().strip())
        if hook is not None and any(same_name(hook.name, other) for other in self._taken):
            self.fields["name"].set_problem(tr("Another hook has this name."))
            return None
        return hook

    def trial(self) -> tuple[Hook, HookSettings] | None:
        """Return the hook that is entered; for a test it needs no name."""
        hook = self._read(self.name.text().strip() or tr("New hook"))
        return None if hook is None else (hook, self._settings)

    def _read(self, name: str) -> Hook | None:
        target = HookTarget(self.target.currentData())
        values = {
            "name": name,
            "command": self.command.text() if target is HookTarget.COMMAND else "",
            "url": self.url.text() if target is HookTarget.URL else "",
            "email": tuple(filter(None, map(str.strip, self.email.text().replace(";", ",").split(",")))),
            "format": self.body_format.currentData(),
            "token": self.token.text() if target is HookTarget.URL else "",
            "events": tuple(event for event, box in self.events.items() if box.isChecked()),
            "profiles": tuple(self.profile.currentData()),
            "enabled": self.enabled.isChecked(),
        }
        if target is not HookTarget.EMAIL:
            values["email"] = ()
        try:
            hook = Hook.model_validate(values)
        except ValidationError as error:
            self._show_problems(error, target.value)
            if not any(values[setting] for setting in HookTarget):  # said in the words of a file otherwise
                self.fields[target.value].set_problem(tr("This is still missing."))
            return None
        for field in self.fields.values():
            field.set_problem("")
        return hook

    def _make_part(self) -> QWidget:
        """Make a part of the form that is shown for one target only."""
        part = QWidget()
        form = FormGrid(part)
        form.setContentsMargins(0, 0, 0, 0)
        self.form.add_wide(part)
        return part

    def _form_of(self, target: HookTarget) -> FormGrid:
        layout = self._parts[target].layout()
        assert isinstance(layout, FormGrid)
        return layout

    def _make_fields(self) -> None:
        form = self._form_of(HookTarget.URL)
        self.body_format = self._choice("format", tr("For"), format_names(), "", form)
        where = tr("The address of a chat is a secret: keep it in the keyring, and write keyring:helios/NAME here.")
        self.url = self._line("url", tr("Address"), where, "https://example.org/hook", form)
        where = tr("Only for services that ask for one; where it is kept: keyring:helios/NAME or env:HELIOS_NAME.")
        self.token = self._line("token", tr("Token"), where, "", form)
        form = self._form_of(HookTarget.EMAIL)
        where = tr(
            "Several addresses are separated by commas. They are sent through the e-mail server of the settings."
        )
        self.email = self._line("email", tr("To"), where, "name@example.org", form)
        form = self._form_of(HookTarget.COMMAND)
        meaning = tr("Gets the job as JSON on standard input and in HELIOS_… variables. It is not run through a shell.")
        self.command = self._line("command", tr("Command"), meaning, "", form)
        self.command.setFont(monospace_font())

    def _make_events(self) -> dict[HookEvent, QCheckBox]:
        group = QWidget()
        layout = QVBoxLayout(group)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        boxes = {event: QCheckBox(name) for event, name in event_names().items()}
        for box in boxes.values():
            box.clicked.connect(lambda: self.fields["events"].set_problem(""))
            layout.addWidget(box)
        meaning = tr("Held up: by the battery, memory, a program, or the job that it starts after; not by its hours.")
        self._add("events", tr("When a job …"), group, meaning)
        for box in boxes.values():
            box.setAccessibleName(tr("When a job {events}", events=box.text()))
        return boxes

    def _profile_choices(self, profiles: Collection[str]) -> dict[tuple[str, ...], str]:
        choices: dict[tuple[str, ...], str] = {(): tr("All profiles")}
        choices.update({(name,): name for name in profiles})
        chosen = self._hook.profiles if self._hook is not None else ()
        choices.setdefault(chosen, ", ".join(chosen))  # several, or one that is gone
        return choices

    def _fill(self, hook: Hook) -> None:
        self.name.setText(hook.name)
        target = HookTarget.COMMAND if hook.command else HookTarget.EMAIL if hook.email else HookTarget.URL
        self.target.setCurrentIndex(list(HookTarget).index(target))
        self.command.setText(hook.command)
        self.url.setText(hook.url)
        self.email.setText(", ".join(hook.email))
        self.token.setText(hook.token)
        self.body_format.setCurrentIndex(self.body_format.findText(format_names()[hook.format]))
        for event, box in self.events.items():
            box.setChecked(event in hook.events)
        choices = [self.profile.itemData(place) for place in range(self.profile.count())]
        self.profile.setCurrentIndex([tuple(choice) for choice in choices].index(hook.profiles))
        self.enabled.setChecked(hook.enabled)

    def _show_part(self) -> None:
        for target, part in self._parts.items():
            part.setVisible(target == self.target.currentData())
