"""``helios-gui watch``: watches a folder until it is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from helios_gui.cli.interrupts import handle_interrupts
from helios_gui.cli.output import ExitCode, print_error, print_text
from helios_gui.engine import Engine, open_engine
from helios_gui.power.keep_awake import KeepAwake
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.watch_folders.folder_watch import FolderWatch
from helios_gui.watch_folders.watch_events import WatchEvent
from helios_gui.watch_folders.watch_folder import WatchFolder


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How the folder is watched; the names are those of the options.

    Attributes:
        trust: Trust the folder.
        once: End when all that is there was rendered.
        settle: Seconds for which a file must not change.
    """

    trust: bool
    once: bool
    settle: float


def watch_folder(folder: WatchFolder, options: WatchOptions) -> ExitCode:
    """Watch a folder, and say what happens, a line each."""
    try:
        return asyncio.run(_watch(folder, options))
    except HeliosError as error:
        return print_error(error)


async def _watch(folder: WatchFolder, options: WatchOptions) -> ExitCode:
    stop = asyncio.Event()
    with handle_interrupts(stop.set, stop.set):
        async with open_engine() as engine:
            for problem in engine.problems:
                print_text(problem, error=True)
            _check_folder(engine, folder, options)
            watch = FolderWatch(engine, _print_event, options.settle)
            keeper = KeepAwake()
            forget = engine.manager.subscribe(lambda events: keeper.set_active(_needs_the_computer(engine)))
            try:
                await watch.watch([folder])
                print_text(tr("Watching {folder}. Press Ctrl-C to end.", folder=folder.path))
                return await _wait_for_end(stop, watch.until_idle if options.once else None)
            finally:
                forget()
                await watch.close()
                await keeper.close()


async def _wait_for_end(stop: asyncio.Event, idle: Callable[[], Coroutine[Any, Any, object]] | None) -> ExitCode:
    """Wait for the interruption, or until there is nothing more to do."""
    waits: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
    if idle is not None:
        waits.append(asyncio.create_task(idle()))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
    return ExitCode.INTERRUPTED if stop.is_set() else ExitCode.DONE


def _check_folder(engine: Engine, folder: WatchFolder, options: WatchOptions) -> None:
    """Refuse at once what cannot work.

    Raises:
        UserInputError: There is no such folder, or it is to be rendered and is not trusted.
        NotFoundError: There is no such profile.
    """
    if not folder.path.is_dir():
        raise UserInputError(tr("There is no folder {folder}.", folder=folder.path), tr("Make it first."))
    if folder.profile:
        engine.profiles.get(folder.profile)
    if options.trust:
        try:
            engine.trust.trust_folder(folder.path)
        except OSError as error:
            raise HeliosError(tr("It cannot be remembered: {reason}", reason=error)) from error
    if folder.render and not engine.trust.trusts_folder(folder.path):
        raise UserInputError(
            tr("{folder} is not trusted, and job files bring commands of their own.", folder=folder.path),
            tr("If you know who puts files there, add --trust."),
        )


def _needs_the_computer(engine: Engine) -> bool:
    return any(job.needs_the_computer for job in engine.manager.list_jobs())


def _print_event(event: WatchEvent, words: str) -> None:
    print_text(words, error=event in (WatchEvent.FAILED, WatchEvent.TROUBLE))
