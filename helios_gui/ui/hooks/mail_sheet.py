"""The sheet for the server that e-mail goes through."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from PySide6.QtWidgets import QSpinBox, QWidget

from helios_gui.hooks.hook import Hook
from helios_gui.hooks.mail_server import USUAL_PORTS, MailSecurity, MailServer
from helios_gui.hooks.store import HookSettings
from helios_gui.translation import tr
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.hooks.sheet import SettingSheet


class MailSheet(SettingSheet):
    """Edits the mail server, or a new one if ``server`` is ``None``; ``saved`` carries it. Its test goes to oneself."""

    def __init__(self, server: MailServer | None, log: Path, run: RunTask, parent: QWidget) -> None:
        super().__init__(tr("E-mail server"), tr("Send a test to myself"), log, run, parent)
        self.host = self._line("host", tr("Server"), "", "smtp.example.org")
        securities = {
            MailSecurity.STARTTLS: "STARTTLS",
            MailSecurity.TLS: "TLS",
            MailSecurity.NONE: tr("None"),
        }
        self.security = self._choice(
            "security", tr("Encryption"), securities, tr("Most servers take STARTTLS at port 587 or TLS at port 465.")
        )
        self.port = QSpinBox()
        self.port.setRange(0, 65_535)
        self._wheel.watch(self.port)
        self._add("port", tr("Port"), self.port, "")
        self.user = self._line("user", tr("User"), tr("Empty where the server asks for none."))
        where = tr("Where it is kept: keyring:helios/NAME or env:HELIOS_NAME. It is not stored here.")
        self.password = self._line("password", tr("Password"), where, "keyring:helios/mail")
        self.from_address = self._line("sender", tr("From"), tr("Empty: the user."), "render@example.org")
        self.form.finish()
        if server is not None:
            self._fill(server)
        self.security.currentIndexChanged.connect(self._show_usual_port)
        self._show_usual_port()
        self.host.setFocus()

    def setting(self) -> MailServer | None:
        """Return the server that is entered."""
        values = {
            "host": self.host.text().strip(),
            "port": self.port.value() or None,
            "security": self.security.currentData(),
            "user": self.user.text().strip(),
            "password": self.password.text(),
            "sender": self.from_address.text(),
        }
        try:
            server = MailServer.model_validate(values)
        except ValidationError as error:
            self._show_problems(error, "password" if self.user.text() else "sender")
            return None
        for field in self.fields.values():
            field.set_problem("")
        return server

    def trial(self) -> tuple[Hook, HookSettings] | None:
        """Return a message to the sender."""
        server = self.setting()
        if server is None:
            return None
        return Hook(name=tr("E-mail server"), email=(server.used_sender,)), HookSettings(mail=server)

    def _fill(self, server: MailServer) -> None:
        self.host.setText(server.host)
        self.port.setValue(server.port or 0)
        self.security.setCurrentIndex(self.security.findData(server.security))
        self.user.setText(server.user)
        self.password.setText(server.password)
        self.from_address.setText(server.sender)

    def _show_usual_port(self) -> None:
        port = USUAL_PORTS[MailSecurity(self.security.currentData())]
        self.port.setSpecialValueText(tr("{port} (usual)", port=port))
