"""``helios-gui doctor --profile``: tests the connection of a profile, as the window's settings do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict

from helios_gui.adapters.base_profile import Profile
from helios_gui.cli.interrupts import handle_interrupts
from helios_gui.cli.output import ExitCode, print_error, print_json, print_text, supports_unicode
from helios_gui.pools import check_connection, check_round_trip
from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import tr
from helios_gui.types import CheckLine, HeliosError
from helios_gui.utils.folders import AppFolders

_NAME_WIDTH = 24
"""Columns for the names of checks: lines are printed before the next names are known."""


def check_profile(name: str, *, round_trip: bool, as_json: bool) -> ExitCode:
    """Test a profile's connection and print the results. Returns ``FAILED`` where a check failed.

    Args:
        name: The profile's name.
        round_trip: Render a test frame, too.
        as_json: Print JSON instead of lines.
    """
    try:
        profile = ProfileStore(AppFolders.default().profiles).get(name)
        results = asyncio.run(_ConnectionTest(profile, round_trip=round_trip, quiet=as_json).run())
    except HeliosError as error:
        return print_error(error)
    except asyncio.CancelledError:
        print_text(tr("Interrupted."), error=True)
        return ExitCode.INTERRUPTED
    failed = any(line.ok is False for line in results)
    if as_json:
        print_json({"ok": not failed, "profile": profile.name, "checks": [asdict(line) for line in results]}, indent=2)
    elif not results:
        print_text(tr("“{profile}” renders on this machine: there is no connection to test.", profile=profile.name))
    return ExitCode.FAILED if failed else ExitCode.DONE


class _ConnectionTest:
    """One test. Each line is printed as soon as its check has ended; with ``quiet`` nothing is printed."""

    def __init__(self, profile: Profile, *, round_trip: bool, quiet: bool) -> None:
        self._profile = profile
        self._round_trip = round_trip
        self._quiet = quiet
        self._results: dict[str, CheckLine] = {}
        self._symbols = dict(zip((True, None, False), "✓!✗" if supports_unicode(sys.stdout) else "+!x", strict=True))

    async def run(self) -> list[CheckLine]:
        """Return the last line of each check.

        Ctrl-C cancels this. The cancellation ends when everything that was uploaded is removed.
        """
        task = asyncio.current_task()
        assert task is not None
        with handle_interrupts(lambda: self._stop(task), self._print_still_removing):
            await self._print_checks(check_connection(self._profile))
            if self._round_trip:
                await self._render_test_frame()
        return list(self._results.values())

    async def _render_test_frame(self) -> None:
        if any(line.ok is False for line in self._results.values()):
            line = CheckLine(tr("Test frame"), None, tr("Not rendered: fix the problem above first."))
            self._results[line.name] = line
            self._print_result(line)
        else:
            await self._print_checks(check_round_trip(self._profile))

    async def _print_checks(self, checks: AsyncGenerator[CheckLine, None]) -> None:
        pending: CheckLine | None = None
        async with aclosing(checks) as lines:
            async for line in lines:
                self._results[line.name] = line
                if pending is not None and pending.name != line.name:
                    self._print_result(pending)
                pending = line if line.ok is None else None
                if line.ok is not None:
                    self._print_result(line)
        if pending is not None:
            self._print_result(pending)

    def _print_result(self, line: CheckLine) -> None:
        if self._quiet:
            return
        print_text(f"{self._symbols[line.ok]} {line.name.ljust(_NAME_WIDTH)}  {line.detail}".rstrip())
        if line.advice:
            print_text(f"{' ' * (_NAME_WIDTH + 4)}{line.advice}")

    def _stop(self, task: asyncio.Task[object]) -> None:
        if self._round_trip:
            print_text(tr("Stopping, and removing what was uploaded …"), error=True)
        task.cancel()

    def _print_still_removing(self) -> None:
        print_text(tr("What was uploaded is still being removed; this takes a moment."), error=True)
