"""A real D-Bus daemon of the test's own, and the services of a desktop on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest
from dbus_fast import Message
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32, DBusUnixFd
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

CONFIGURATION = """<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

NumberPair = Annotated[tuple[int, int], DBusSignature("uu")]


@contextmanager
def bus_daemon(folder: Any) -> Iterator[str]:
    """Run a daemon; yields its address."""
    configuration = folder / "bus.conf"
    configuration.write_text(CONFIGURATION)
    command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().decode().strip()
    finally:
        daemon.terminate()
        daemon.communicate(timeout=30)


@contextmanager
def both_buses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a daemon that is the session's bus and the system's; yields its address."""
    with bus_daemon(folder) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


@asynccontextmanager
async def service(address: str, name: str, path: str, interface: ServiceInterface) -> AsyncIterator[None]:
    """Offer an interface under a well-known name."""
    bus = await MessageBus(bus_address=address, negotiate_unix_fd=True).connect()
    bus.export(path, interface)
    await bus.request_name(name)
    try:
        yield
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()


@asynccontextmanager
async def dock(address: str) -> AsyncIterator[list[tuple[str, dict[str, Any]]]]:
    """Listen as a dock does: yields what programs tell it of their icons."""
    told: list[tuple[str, dict[str, Any]]] = []

    def take(message: Message) -> None:
        if message.interface == "com.canonical.Unity.LauncherEntry" and message.member == "Update":
            application, properties = message.body
            told.append((application, {name: value.value for name, value in properties.items()}))

    bus = await MessageBus(bus_address=address).connect()
    bus.add_message_handler(take)
    rule = "type='signal',interface='com.canonical.Unity.LauncherEntry'"
    service = "org.freedesktop.DBus"
    await bus.call(
        Message(
            destination=service,
            path="/org/freedesktop/DBus",
            interface=service,
            member="AddMatch",
            signature="s",
            body=[rule],
        )
    )
    try:
        yield told
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()


class TrayWatcher(ServiceInterface):
    """The part of a tray that programs announce their icons to; ``items`` are the names of their connections."""

    NAME, PATH = "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher"

    def __init__(self) -> None:
        super().__init__(self.NAME)
        self.items: list[str] = []

    @dbus_method()
    def RegisterStatusNotifierItem(self, service: DBusStr):
        self.items.append(service)

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> DBusBool:
        return True


class PowerManagement(ServiceInterface):
    """Freedesktop's inhibitor of sleep; ``held`` are the cookies that were given out and not given back."""

    NAME, PATH = "org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit"

    def __init__(self) -> None:
        super().__init__("org.freedesktop.PowerManagement.Inhibit")
        self.held: set[int] = set()
        self.asked = 0

    @dbus_method()
    def Inhibit(self, application: DBusStr, reason: DBusStr) -> DBusUInt32:
        self.asked += 1
        self.held.add(self.asked)
        return self.asked

    @dbus_method()
    def UnInhibit(self, cookie: DBusUInt32):
        self.held.remove(cookie)


class LoginManager(ServiceInterface):
    """The part of systemd's logind that sends a computer to rest; it cannot hibernate."""

    NAME, PATH = "org.freedesktop.login1", "/org/freedesktop/login1"

    def __init__(self) -> None:
        super().__init__("org.freedesktop.login1.Manager")
        self.done: list[str] = []
        self.inhibitors: list[tuple[str, int, int]] = []

    @dbus_method()
    def Inhibit(self, what: DBusStr, who: DBusStr, why: DBusStr, mode: DBusStr) -> DBusUnixFd:
        ours, theirs = os.pipe()
        self.inhibitors.append((what, ours, theirs))
        return theirs

    @dbus_method()
    def CanSuspend(self) -> DBusStr:
        return "yes"

    @dbus_method()
    def CanHibernate(self) -> DBusStr:
        return "na"

    @dbus_method()
    def CanPowerOff(self) -> DBusStr:
        return "yes"

    @dbus_method()
    def Suspend(self, interactive: DBusBool):
        self.done.append(f"suspend {interactive}")

    @dbus_method()
    def PowerOff(self, interactive: DBusBool):
        self.done.append(f"power off {interactive}")


class Notifications(ServiceInterface):
    """A notification server; ``shown`` are the notifications, with ids from 1."""

    NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"

    def __init__(self) -> None:
        super().__init__("org.freedesktop.Notifications")
        self.shown: list[dict[str, Any]] = []

    @dbus_method()
    def Notify(
        self,
        app_name: DBusStr,
        replaces_id: DBusUInt32,
        app_icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: Annotated[list[str], DBusSignature("as")],
        hints: DBusDict,
        expire_timeout: DBusInt32,
    ) -> DBusUInt32:
        self.shown.append({"app": app_name, "title": summary, "text": body, "actions": actions, "hints": hints})
        return len(self.shown)

    @dbus_method()
    def GetCapabilities(self) -> Annotated[list[str], DBusSignature("as")]:
        return ["body", "actions", "body-markup", "sound"]

    @dbus_method()
    def CloseNotification(self, id_: DBusUInt32):
        pass

    @dbus_method()
    def GetServerInformation(self) -> Annotated[tuple[str, str, str, str], DBusSignature("ssss")]:
        return ["test", "test", "1", "1.2"]

    @dbus_signal()
    def ActionInvoked(self, number: DBusUInt32, key: DBusStr) -> Annotated[tuple[int, str], DBusSignature("us")]:
        return [number, key]

    @dbus_signal()
    def NotificationClosed(self, number: DBusUInt32, reason: DBusUInt32) -> NumberPair:
        return [number, reason]

    def press(self, number: int, text: str) -> None:
        """Press the button with a text on a notification; ``default`` is its body."""
        actions = self.shown[number - 1]["actions"]
        keys = dict(zip(actions[1::2], actions[::2], strict=True))
        self.ActionInvoked(number, keys.get(text, text))
