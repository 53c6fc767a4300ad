"""``helios-gui hooks``: lists, adds, removes and tries the hooks of this computer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import ValidationError

from helios_gui.cli.output import ExitCode, print_error, print_json, print_text
from helios_gui.hooks.hook import Hook, HookEvent
from helios_gui.hooks.runner import HookRunner
from helios_gui.hooks.store import HookStore, first_problem
from helios_gui.translation import tr
from helios_gui.types import HeliosError, JobState, JobSummary, NotFoundError, UserInputError
from helios_gui.utils.folders import AppFolders


def list_hooks(*, as_json: bool) -> ExitCode:
    """Print every hook, and what is wrong with those that cannot be used."""
    store = HookStore(AppFolders.default().hooks)
    if as_json:
        print_json([hook.model_dump(mode="json") for hook in store.hooks], indent=2)
    for hook in () if as_json else store.hooks:
        when = ", ".join(hook.events)
        print_text(f"{hook.name}: {when} → {hook.command or hook.url}")
    if not store.hooks and not as_json:
        print_text(tr("There are no hooks."))
    if store.problem:
        print_text(store.problem, error=True)
        return ExitCode.FAILED
    return ExitCode.DONE


def add_hook(values: Mapping[str, object]) -> ExitCode:
    """Add a hook, or replace the one of the same name."""

    def add() -> str:
        try:
            hook = Hook.model_validate(values)
        except ValidationError as error:
            raise UserInputError(first_problem(error), tr("See “helios-gui hooks add --help”.")) from error
        store = HookStore(AppFolders.default().create().hooks)
        store.save([*(other for other in store.hooks if other.name != hook.name), hook])
        return tr("The hook “{name}” is set. Try it with: helios-gui hooks test {name}", name=hook.name)

    return _do(add)


def remove_hook(name: str) -> ExitCode:
    """Remove a hook."""

    def remove() -> str:
        store = HookStore(AppFolders.default().hooks)
        hook = _find(store, name)
        store.save([other for other in store.hooks if other is not hook])
        return tr("The hook “{name}” is removed.", name=name)

    return _do(remove)


def try_hook(name: str, event: str) -> ExitCode:
    """Tell a hook of a job that is made up."""

    def tell() -> str:
        folders = AppFolders.default().create()
        hook = _find(HookStore(folders.hooks), name)
        try:
            told = HookEvent(event)
        except ValueError:
            raise UserInputError(
                tr("There is no event “{event}”.", event=event), tr("Choose started, done, failed or waits.")
            ) from None
        runner = HookRunner(lambda: (), folders.hook_log)
        asyncio.run(runner.tell(hook, told, _made_up_job(told)))
        return tr("The hook “{name}” was told.", name=name)

    return _do(tell)


def _do(work: Callable[[], str]) -> ExitCode:
    try:
        print_text(work())
    except HeliosError as error:
        return print_error(error)
    return ExitCode.DONE


def _find(store: HookStore, name: str) -> Hook:
    for hook in store.hooks:
        if hook.name == name:
            return hook
    raise NotFoundError(
        tr("There is no hook “{name}”.", name=name), store.problem or tr("See “helios-gui hooks list”.")
    )


def _made_up_job(event: HookEvent) -> JobSummary:
    state = {HookEvent.STARTED: JobState.RUNNING, HookEvent.DONE: JobState.COMPLETED}.get(event, JobState.FAILED)
    now = time.time()
    return JobSummary(
        id="test",
        name=tr("Test of the hook"),
        state=state,
        profile="Local",
        job_dir=Path.home(),
        output=Path.home() / "test.mp4",
        frames_total=100,
        chunks_total=4,
        added_at=now - 60,
        started_at=now - 60,
        finished_at=now,
        reason="" if state is not JobState.FAILED else tr("This is a test."),
    )
