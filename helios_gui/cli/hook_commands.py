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

Only hooks of this computer are run, never what a job file says.
"""

hooks_app = typer.Typer(help="Tell commands and chats when jobs start, end or wait for you.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="The hook's name.")]


@hooks_app.callback(epilog=_EPILOG)
def _all_hook_commands() -> None:
    """Tell commands and chats when jobs start, end or wait for you."""


@hooks_app.command("list")
def list_hooks(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False) -> None:
    """List the hooks, and the entries that cannot be used with the reason."""
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
    on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EVENT",
            show_default=False,
            help="started, done, failed or waits (can be repeated): done and failed.",
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

    values = {"name": name, "command": command, "url": url, "format": body, "token": token}
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
    """Tell one hook now, about a job that is made up, and say what came of it."""
    from helios_gui.cli import hooks

    raise typer.Exit(hooks.try_hook(name, event))
