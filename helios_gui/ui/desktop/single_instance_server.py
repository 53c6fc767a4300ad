"""The server of the one running window: takes files to add from later starts of the program."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.utils.single_instance import GREETING, MOST_BYTES, TAKEN, Address, Request

REQUEST_TIMEOUT = 10_000
"""Milliseconds until a connection that has not sent a whole request is closed."""


class SingleInstanceServer(QObject):
    """Listens at an address for later starts, of the same user only. ``asked`` carries each ``Request``.

    To be made by the one process that holds the address' lock: what lies there is left from a crash.
    """

    asked = Signal(object)

    def __init__(self, address: Address, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        QLocalServer.removeServer(address.name)
        self.is_open = self._server.listen(address.name)

    def close(self) -> None:
        """Stop listening, and close connections whose request is not complete."""
        self._server.close()
        for socket in self.findChildren(QLocalSocket, options=Qt.FindChildOption.FindDirectChildrenOnly):
            socket.abort()

    def _accept(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setParent(self)
            socket.setReadBufferSize(MOST_BYTES + 1)
            socket.disconnected.connect(partial(delete_later, socket))
            socket.readyRead.connect(partial(self._read_request, socket))
            limit = QTimer(socket, singleShot=True, interval=REQUEST_TIMEOUT)
            limit.timeout.connect(partial(QLocalSocket.abort, socket))
            limit.start()
            socket.write(GREETING)

    def _read_request(self, socket: QLocalSocket) -> None:
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
