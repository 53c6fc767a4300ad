"""The computer stays awake while something is rendered, and rests on request; spoken over a real D-Bus daemon."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.power.keep_awake import KeepAwake, Wakefulness, stay_awake
from helios_gui.power.power_actions import PowerAction, perform_power_action, possible_power_actions
from helios_gui.types import HeliosError
from tests.support.desktop_bus import LoginManager, PowerManagement, both_buses, service
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="D-Bus is Linux's")


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with both_buses(tmp_path, monkeypatch) as address:
        yield address


async def test_the_system_is_asked_once_and_released(bus: str) -> None:
    changes: list[Wakefulness] = []
    keeper = KeepAwake(lambda: changes.append(keeper.wakefulness))
    power = PowerManagement()
    async with service(bus, power.NAME, power.PATH, power):
        for _ in range(5):
            keeper.set_active(True)
        await eventually(lambda: keeper.wakefulness is Wakefulness.AGREED)
        assert len(power.held) == power.asked == 1
        keeper.set_active(False)
        await eventually(lambda: keeper.wakefulness is Wakefulness.NOT_ASKED)
        assert not power.held
        keeper.set_active(True)
        await eventually(lambda: power.held != set())
        await keeper.close()
        assert not power.held
    assert changes == [Wakefulness.AGREED, Wakefulness.NOT_ASKED, Wakefulness.AGREED, Wakefulness.NOT_ASKED]


async def test_a_wish_that_changes_while_the_system_thinks_is_followed(bus: str) -> None:
    keeper = KeepAwake()
    power = PowerManagement()
    async with service(bus, power.NAME, power.PATH, power):
        keeper.set_active(True)
        await asyncio.sleep(0)
        keeper.set_active(False)
        await eventually(lambda: power.asked == 1 and not power.held)
        await keeper.close()
    assert keeper.wakefulness is Wakefulness.NOT_ASKED


async def test_who_hears_that_it_is_given_back_does_not_bring_it_back(bus: str) -> None:
    keeper = KeepAwake(lambda: keeper.set_active(True))  # as the window, whose jobs are shown as at work to the end
    power = PowerManagement()
    async with service(bus, power.NAME, power.PATH, power):
        keeper.set_active(True)
        await eventually(lambda: len(power.held) == 1)
        await keeper.close()
        assert (power.asked, power.held, keeper.wakefulness) == (1, set(), Wakefulness.NOT_ASKED)


async def test_a_desktop_that_cannot_is_a_refusal(bus: str) -> None:
    keeper = KeepAwake()
    keeper.set_active(True)
    await eventually(lambda: keeper.wakefulness is Wakefulness.REFUSED)
    await keeper.close()


async def test_without_a_desktop_logind_is_asked(bus: str) -> None:
    manager = LoginManager()
    async with service(bus, manager.NAME, manager.PATH, manager):
        async with stay_awake():
            await eventually(lambda: manager.inhibitors)
            (what, ours, theirs), *_ = manager.inhibitors
            assert what == "sleep:idle"
        os.close(theirs)
        assert select.select([ours], [], [], 5)[0], "nobody holds the other end any more"
        assert os.read(ours, 1) == b""
        os.close(ours)


async def test_it_is_held_within_the_context(bus: str) -> None:
    power = PowerManagement()
    async with service(bus, power.NAME, power.PATH, power):
        async with stay_awake():
            await eventually(lambda: len(power.held) == 1)
        assert not power.held


async def test_only_what_the_computer_can_do_is_offered_and_done(bus: str) -> None:
    assert await possible_power_actions() == ()
    with pytest.raises(HeliosError, match="The system did not do it"):
        await perform_power_action(PowerAction.SLEEP)
    manager = LoginManager()
    async with service(bus, manager.NAME, manager.PATH, manager):
        assert await possible_power_actions() == (PowerAction.SLEEP, PowerAction.SHUT_DOWN)
        await perform_power_action(PowerAction.SLEEP)
        await perform_power_action(PowerAction.SHUT_DOWN)
        assert manager.done == ["suspend False", "power off False"]
