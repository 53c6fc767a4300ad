"""The icon in the tray of a real session: a D-Bus daemon with a tray on it, and the program on an X display."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from tests.gui.window_steps import Eventually
from tests.support.desktop_bus import TrayWatcher, bus_daemon, service
from tests.support.display import display, process

TOOLS = ("Xvfb", "openbox", "dbus-daemon")

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(
        not os.environ.get("CI") and not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"
    ),
]


async def ask(bus: MessageBus, item: str, path: str, interface: str, member: str, signature: str, *body: Any) -> Any:
    """Call a method of the program's; return what it answers."""
    message = Message(item, path, interface, member, signature=signature, body=list(body))
    answer = await bus.call(message)
    assert answer is not None
    return answer.body


async def test_the_desktop_shows_the_icon_and_its_menu_quits(tmp_path: Path, eventually: Eventually) -> None:
    tray = TrayWatcher()
    with bus_daemon(tmp_path) as address, display() as environment:
        environment |= {
            "DBUS_SESSION_BUS_ADDRESS": address,
            "HELIOS_HOME": str(tmp_path / "home"),
            "HELIOS_LANGUAGE": "en",
        }
        async with service(address, tray.NAME, tray.PATH, tray):
            bus = await MessageBus(bus_address=address).connect()
            with process(sys.executable, "-m", "helios_gui", env=environment) as program:
                await eventually(lambda: tray.items)
                (item,) = tray.items
                kind = "org.kde.StatusNotifierItem"
                (found,) = await ask(
                    bus, item, "/StatusNotifierItem", "org.freedesktop.DBus.Properties", "GetAll", "s", kind
                )
                assert found["Id"].value == "helios-render-manager"
                assert found["IconPixmap"].value
                menu = "com.canonical.dbusmenu"
                _, layout = await ask(bus, item, found["Menu"].value, menu, "GetLayout", "iias", 0, -1, [])
                entries = [entry.value for entry in layout[2]]
                labels = [entry[1]["label"].value for entry in entries if "label" in entry[1]]
                assert labels == [
                    "_Show window",
                    "Finish running chunks, then s_top",
                    "Res_ume paused jobs",
                    "_Quit",
                ]
                quit_id = entries[-1][0]
                clicked = (quit_id, "clicked", Variant("i", 0), 0)
                await ask(bus, item, found["Menu"].value, menu, "Event", "isvu", *clicked)
                await eventually(lambda: program.poll() is not None)
                assert program.returncode == 0
            bus.disconnect()
            await bus.wait_for_disconnect()
