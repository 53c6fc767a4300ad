"""Calls to the services of a Linux desktop over D-Bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

_ANSWER_SECONDS = 10.0


class DBusCallError(Exception):
    """There is no such bus or service, or it refused."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where an interface is offered: a name on the bus, a path, and the interface's own name."""

    name: str
    path: str
    interface: str


LOGIND = Service("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")


@asynccontextmanager
async def open_bus(*, system: bool = False) -> AsyncIterator[MessageBus]:
    """Connect to the bus of the session, or of the system, for as long as the context lasts.

    Raises:
        DBusCallError: There is none.
    """
    from dbus_fast import BusType
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import AuthError, DBusError, InvalidAddressError

    try:
        bus = MessageBus(bus_type=BusType.SYSTEM if system else BusType.SESSION, negotiate_unix_fd=True)
        async with asyncio.timeout(_ANSWER_SECONDS):
            await bus.connect()
    except (OSError, EOFError, AuthError, DBusError, InvalidAddressError) as error:
        raise DBusCallError(str(error)) from error
    try:
        yield bus
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def call_method(
    bus: MessageBus, service: Service, method: str, signature: str = "", arguments: Sequence[object] = ()
) -> Any:
    """Call a method, and return the first value of its answer; of a file descriptor, the descriptor itself.

    Raises:
        DBusCallError: There is no such service, or it refused or did not answer.
    """
    from dbus_fast import Message, MessageType

    message = Message(
        destination=service.name,
        path=service.path,
        interface=service.interface,
        member=method,
        signature=signature,
        body=list(arguments),
    )
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            answer = await bus.call(message)
    except (OSError, EOFError) as error:
        raise DBusCallError(str(error)) from error
    if answer is None or answer.message_type is not MessageType.METHOD_RETURN:
        raise DBusCallError(str(answer.body[0]) if answer is not None and answer.body else method)
    return answer.unix_fds[0] if answer.signature == "h" else next(iter(answer.body), None)
