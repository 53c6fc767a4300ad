"""The commands below ``helios-gui hooks``: their options and help. What runs them is imported when it is needed."""

from __future__ import annotations

from typing import Annotated

import typer

_EPILOG = """
A command gets the job as JSON on standard input, and HELIOS_EVENT, HELIOS_JOB_NAME, HELIOS_JOB_STATE,
HELIOS_JOB_REASON, HELIOS_JOB_OUTPUT, HELIOS_JOB_FILE, HELIOS_JOB_ID and HELIOS_JOB_PROFILE in its environment. It runs
in the folder of the job.

A web address is posted to: the same JSON, or a message in the form of Slack, Discord or Teams. It is tried four times.

The JSON has event, id, name, state, reason, profile, source, output, frames, chunks, chunksDone, cost, started and
finished.

An e-mail goes through the server that “helios-gui hooks mail” sets. It is tried four times, too.

A job file may bring hooks of its own: a list under “hooks”, with the keys that “hooks list --json” shows, but without
tokens. They are shown before the job first runs, and told only of that job.
"""

hooks_app = typer.Typer(help="Tell commands, chats and people about jobs.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="The hook's name.")]


@hooks_app.callback(epilog=_EPILOG)
def _all_hook_commands() -> None:
    """Tell commands, chats and people about jobs: when they start, end or wait for you."""


@hooks_app.command("list")
def list_hooks(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False) -> None:
    """List the hooks.

    Entries that cannot be used are listed with the reason.
    """
    from helios_gui.cli import hooks

    raise typer.Exit(hooks.list_hooks(as_json=as_json))


@hooks_app.command("add", epilog=_EPILOG)
def add_hook(
    name: _Name,
    command: Annotated[str, typer.Option(metavar="COMMAND", show_default=False, help="The command to run.")] = "",
    url: Annotated[
        str,
        typer.Option(
            metavar="URL",
            show_default=False,
            help="The address to post to, or where it is kept: keyring:helios/NAME or env:HELIOS_NAME.",
        ),
    ] = "",
    email: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", show_default=False, help="The address to write to (can be repeated)."),
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROFILE",
            show_default=False,
            help="Tell only of jobs rendered through this profile (can be repeated): all.",
        ),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EVENT",
            show_default=False,
            help="started, done, failed, waits or held-up (can be repeated): done and failed.",
        ),
    ] = None,
    body: Annotated[str, typer.Option("--format", metavar="FORMAT", help="json, slack, discord or teams.")] = "json",
    token: Annotated[
        str,
        typer.Option(
            metavar="WHERE",
            show_default=False,
            help="Where a bearer token is kept: keyring:helios/NAME or env:HELIOS_NAME.",
        ),
    ] = "",
) -> None:
    """Add a hook, or replace the one with this name."""
    from helios_gui.cli import hooks

    values = {
        "name": name,
        "command": command,
        "url": url,
        "email": email or (),
        "format": body,
        "token": token,
        "profiles": profile or (),
    }
    raise typer.Exit(hooks.add_hook({**values, "events": on} if on else values))


@hooks_app.command("remove")
def remove_hook(name: _Name) -> None:
    """Remove a hook."""
    from helios_gui.cli import hooks

    raise typer.Exit(hooks.remove_hook(name))


@hooks_app.command("test")
def try_hook(
    name: _Name,
    event: Annotated[str, typer.Option("--on", metavar="EVENT", help="What it is told.")] = "done",
) -> None:
    """Tell one hook now about a made-up job.

    Says what came of it.
    """
    from helios_gui.cli import hooks

    raise typer.Exit(hooks.try_hook(name, event))


@hooks_app.command("mail")
def mail(
    host: Annotated[str, typer.Argument(metavar="[HOST]", show_default=False, help="The SMTP server to use.")] = "",
    port: Annotated[int | None, typer.Option(help="Its port: the usual one.", show_default=False)] = None,
    security: Annotated[str, typer.Option(metavar="HOW", help="starttls, tls or none.")] = "starttls",
    user: Annotated[str, typer.Option(metavar="NAME", show_default=False, help="The name to sign in with.")] = "",
    password: Annotated[
        str,
        typer.Option(
            metavar="WHERE",
            show_default=False,
            help="Where its password is kept: keyring:helios/NAME or env:HELIOS_NAME.",
        ),
    ] = "",
    sender: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", show_default=False, help="Who writes: the user's address.")
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Forget the server.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Set the server of e-mail; without HOST, print it."""
    from helios_gui.cli import hooks

    if remove:
        raise typer.Exit(hooks.remove_mail())
    if not host:
        raise typer.Exit(hooks.show_mail(as_json=as_json))
    values = {"host": host, "port": port, "security": security, "user": user, "password": password, "sender": sender}
    raise typer.Exit(hooks.set_mail(values))
