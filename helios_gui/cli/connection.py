"""``helios-gui doctor --profile``: what the settings show when a connection is tested, line by line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict

from helios_gui.cli.interrupts import interrupts
from helios_gui.cli.output import ExitCode, complain, say, say_json
from helios_gui.pools import check_connection, check_round_trip
from helios_gui.profiles.models import Profile
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import CheckLine, HeliosError
from helios_gui.utils.folders import AppFolders

_WIDTH = len("Permission to call it")
"""The longest name there is, but for those to come."""


def show_connection(name: str, *, round_trip: bool, as_json: bool) -> ExitCode:
    """Test a profile's connection, with ``round_trip`` by a test frame, too; ``FAILED`` if something is amiss."""
    folders = AppFolders.default()
    try:
        profile = ProfileStore(folders.profiles).get(name)
        found = asyncio.run(_Test(profile, folders, round_trip=round_trip, quiet=as_json).run())
    except HeliosError as error:
        return complain(error)
    except asyncio.CancelledError:
        say("Interrupted.", error=True)
        return ExitCode.INTERRUPTED
    failed = any(line.ok is False for line in found)
    if as_json:
        say_json({"ok": not failed, "profile": profile.name, "checks": [asdict(line) for line in found]}, indent=2)
    elif not found:
        say(f"“{profile.name}” renders on this machine: there is no connection to test.")
    return ExitCode.FAILED if failed else ExitCode.DONE


class _Test:
    """One test; lines are printed as they become certain, unless it is ``quiet``."""

    def __init__(self, profile: Profile, folders: AppFolders, *, round_trip: bool, quiet: bool) -> None:
        self._profile = profile
        self._folders = folders
        self._round_trip = round_trip
        self._quiet = quiet
        self._found: dict[str, CheckLine] = {}
        unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        self._signs = dict(zip((True, None, False), "✓!✗" if unicode else "+!x", strict=True))

    async def run(self) -> list[CheckLine]:
        """The last line of each name. Ctrl-C cancels it, which takes until everything is removed."""
        task = asyncio.current_task()
        assert task is not None
        with interrupts(lambda: self._stop(task), self._say_patience):
            await self._follow(check_connection(self._profile, self._folders))
            if self._round_trip:
                await self._go_around()
        return list(self._found.values())

    async def _go_around(self) -> None:
        """What is known to fail is not tried."""
        if any(line.ok is False for line in self._found.values()):
            line = CheckLine("Test frame", None, "Not rendered: mend the above first.")
            self._found[line.name] = line
            self._say(line)
        else:
            await self._follow(check_round_trip(self._profile, self._folders))

    async def _follow(self, checks: AsyncGenerator[CheckLine, None]) -> None:
        open_line: CheckLine | None = None
        async with aclosing(checks) as lines:
            async for line in lines:
                self._found[line.name] = line
                if open_line is not None and open_line.name != line.name:
                    self._say(open_line)
                open_line = line if line.ok is None else None
                if line.ok is not None:
                    self._say(line)
        if open_line is not None:
            self._say(open_line)

    def _say(self, line: CheckLine) -> None:
        if self._quiet:
            return
        say(f"{self._signs[line.ok]} {line.name.ljust(_WIDTH)}  {line.detail}".rstrip())
        if line.advice:
            say(f"{' ' * (_WIDTH + 4)}{line.advice}")

    def _stop(self, task: asyncio.Task[object]) -> None:
        if self._round_trip:
            say("Stopping, and removing what was uploaded …", error=True)
        task.cancel()

    def _say_patience(self) -> None:
        say("Almost there: what was uploaded is being removed.", error=True)
