"""``helios-gui hooks``: lists, adds, removes and tries the hooks of this computer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from pydantic import ValidationError

from helios_gui.cli.output import ExitCode, print_error, print_json, print_text
from helios_gui.hooks.hook import Hook, HookEvent
from helios_gui.hooks.mail_server import MailServer
from helios_gui.hooks.runner import HookRunner
from helios_gui.hooks.sample import made_up_job
from helios_gui.hooks.store import HookStore
from helios_gui.translation import tr
from helios_gui.types import HeliosError, NotFoundError, UserInputError
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.model_problems import problems_in_words


def list_hooks(*, as_json: bool) -> ExitCode:
    """Print every hook, and what is wrong with those that cannot be used."""
    store = HookStore(AppFolders.default().hooks)
    if as_json:
        print_json([hook.model_dump(mode="json") for hook in store.hooks], indent=2)
    for hook in () if as_json else store.hooks:
        when = ", ".join(hook.events)
        where = hook.command or hook.url or ", ".join(hook.email)
        print_text(f"{hook.name}: {when} → {where}" + (f" ({', '.join(hook.profiles)})" if hook.profiles else ""))
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
            raise UserInputError(problems_in_words(error, 1), tr("See “helios-gui hooks add --help”.")) from error
        store = HookStore(AppFolders.default().create().hooks)
        store.save([*(other for other in store.hooks if other.name != hook.name), hook])
        return tr("The hook “{name}” is set. Try it with: helios-gui hooks test {name}", name=hook.name)

    return _run_command(add)


def remove_hook(name: str) -> ExitCode:
    """Remove a hook."""

    def remove() -> str:
        store = HookStore(AppFolders.default().hooks)
        hook = _find_hook(store, name)
        store.save([other for other in store.hooks if other is not hook])
        return tr("The hook “{name}” is removed.", name=name)

    return _run_command(remove)


def try_hook(name: str, event: str) -> ExitCode:
    """Tell a hook of a job that is made up."""

    def notify() -> str:
        folders = AppFolders.default().create()
        hook = _find_hook(HookStore(folders.hooks), name)
        try:
            told = HookEvent(event)
        except ValueError:
            raise UserInputError(
                tr("There is no event “{event}”.", event=event), tr("Choose started, done, failed, waits or held-up.")
            ) from None
        runner = HookRunner(lambda: HookStore(folders.hooks).settings, folders.hook_log)
        answer = asyncio.run(runner.notify(hook, told, made_up_job(told)))
        return "\n".join(filter(None, (tr("The hook “{name}” was told.", name=name), answer)))

    return _run_command(notify)


def set_mail(values: Mapping[str, object]) -> ExitCode:
    """Set the mail server."""

    def set_server() -> str:
        try:
            server = MailServer.model_validate(values)
        except ValidationError as error:
            raise UserInputError(problems_in_words(error, 1), tr("See “helios-gui hooks mail --help”.")) from error
        HookStore(AppFolders.default().create().hooks).save_mail(server)
        return tr("E-mail goes through {host} from now on.", host=server.address)

    return _run_command(set_server)


def show_mail(*, as_json: bool) -> ExitCode:
    """Print the mail server."""
    store = HookStore(AppFolders.default().hooks)
    if as_json:
        print_json(None if store.mail is None else store.mail.model_dump(mode="json"), indent=2)
        return ExitCode.DONE
    if store.mail is None:
        print_text(tr("There is no mail server."))
    else:
        server = store.mail
        print_text(f"{server.address} {server.security} {server.user} {server.used_sender}".strip())
    return ExitCode.DONE


def remove_mail() -> ExitCode:
    """Forget the mail server."""

    def remove() -> str:
        HookStore(AppFolders.default().create().hooks).save_mail(None)
        return tr("There is no mail server any more.")

    return _run_command(remove)


def _run_command(work: Callable[[], str]) -> ExitCode:
    try:
        print_text(work())
    except HeliosError as error:
        return print_error(error)
    return ExitCode.DONE


def _find_hook(store: HookStore, name: str) -> Hook:
    for hook in store.hooks:
        if hook.name == name:
            return hook
    raise NotFoundError(
        tr("There is no hook “{name}”.", name=name), store.problem or tr("See “helios-gui hooks list”.")
    )
