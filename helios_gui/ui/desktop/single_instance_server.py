"""Where the running window is asked to add files: by later starts of the program, and by the desktop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from helios_gui.ui.desktop.application import Application
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.utils.single_instance import GREETING, MOST_BYTES, TAKEN, Address, Request

VISIT_LIMIT = 10_000
"""Milliseconds a visitor may take to say what it wants."""

Take = Callable[[Request], object]


class Reception(QObject):
    """Keeps what is asked of the window until there is one, from the moment the application is made.

    Asked by the desktop (``Application.file_asked``) and, where there is an ``address``, by later starts.
    """

    def __init__(self, app: Application, address: Address | None = None) -> None:
        super().__init__(app)
        self._waiting: list[Request] = []
        self._take: Take = self._waiting.append
        app.file_asked.connect(self._take_file)
        self._door = Door(address, self) if address is not None else None
        if self._door is not None:
            self._door.asked.connect(self._hand_on)

    def deliver_to(self, take: Take) -> None:
        """Hand what is asked to ``take`` from now on, beginning with what was asked before."""
        self._take = take
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            take(request)

    def close(self) -> None:
        """Hear nobody any more: the window is about to go."""
        if self._door is not None:
            self._door.close()

    def _take_file(self, file: Path) -> None:
        self._take(Request((file,)))

    def _hand_on(self, request: Request) -> None:
        self._take(request)


class Door(QObject):
    """Listens at an address for later starts, of the same user only. ``asked`` carries each ``Request``.

    To be made by the one process that holds the address' lock: what lies there is left from a crash.
    """

    asked = Signal(object)

    def __init__(self, address: Address, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        QLocalServer.removeServer(address.name)
        self.is_open = self._server.listen(address.name)

    def close(self) -> None:
        """Hear nobody any more; who has not said everything yet is sent away."""
        self._server.close()
        for socket in self.findChildren(QLocalSocket, options=Qt.FindChildOption.FindDirectChildrenOnly):
            socket.abort()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setParent(self)
            socket.setReadBufferSize(MOST_BYTES + 1)
            socket.disconnected.connect(partial(delete_later, socket))
            socket.readyRead.connect(partial(self._hear, socket))
            limit = QTimer(socket, singleShot=True, interval=VISIT_LIMIT)
            limit.timeout.connect(partial(QLocalSocket.abort, socket))
            limit.start()
            socket.write(GREETING)

    def _hear(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > MOST_BYTES:
                socket.abort()
            return
        try:
            request = Request.decode(bytes(socket.readLine().data()))
        except ValueError:
            socket.abort()
            return
        socket.write(TAKEN)
        socket.disconnectFromServer()
        self.asked.emit(request)
