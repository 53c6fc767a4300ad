"""What is asked of the window, also before there is one: by later starts of the program and by the desktop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from helios_gui.ui.desktop.application import Application
from helios_gui.utils.single_instance import Address, Request

if TYPE_CHECKING:
    from helios_gui.ui.desktop.single_instance_server import SingleInstanceServer

Take = Callable[[Request], object]


class RequestInbox(QObject):
    """Keeps what is asked of the window until there is one, from the moment the application is made.

    Asked by the desktop (``Application.file_asked``) and, once it listens, by later starts.
    """

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        self._waiting: list[Request] = []
        self._take: Take = self._waiting.append
        self._server: SingleInstanceServer | None = None
        app.file_asked.connect(self._take_file)

    def listen(self, address: Address | None) -> None:
        """Listen for later starts, at an address that this process holds the lock of; ``None``: do not."""
        from helios_gui.ui.desktop.single_instance_server import SingleInstanceServer  # QtNetwork takes time

        if address is not None:
            self._server = SingleInstanceServer(address, self)
            self._server.asked.connect(self._deliver)

    def deliver_to(self, take: Take) -> None:
        """Hand what is asked to ``take`` from now on, beginning with what was asked before."""
        self._take = take
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            take(request)

    def close(self) -> None:
        """Stop listening, before the window is closed."""
        if self._server is not None:
            self._server.close()

    def _take_file(self, file: Path) -> None:
        self._take(Request((file,)))

    def _deliver(self, request: Request) -> None:
        self._take(request)
