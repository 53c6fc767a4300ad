"""The commands below ``helios-gui profiles``: their options and help. What runs them is imported when it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

profiles_app = typer.Typer(help="List, show, import, export and check profiles.", no_args_is_help=True)


@profiles_app.callback()
def _all_profile_commands() -> None:
    """List, show, import, export and check profiles."""


@profiles_app.command("list")
def list_profiles(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False) -> None:
    """List the profiles.

    Entries that cannot be used are listed with the reason.
    """
    from helios_gui.cli import profiles

    raise typer.Exit(profiles.list_profiles(as_json=as_json))


@profiles_app.command("show")
def show_profile(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="The profile's name.")],
) -> None:
    """Print a profile as JSON, in the form that "import" reads."""
    from helios_gui.cli import profiles

    raise typer.Exit(profiles.show_profile(name))


@profiles_app.command("import")
def import_profiles(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A JSON file with profiles.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask whether the servers may have the credentials that are named.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace profiles of the same names instead of choosing other names.")
    ] = False,
) -> None:
    """Add the profiles of a file: one object, or {"profiles": […]}."""
    from helios_gui.cli import profiles

    raise typer.Exit(profiles.import_file(file, agreed=yes, replace=replace))


@profiles_app.command("export")
def export_profiles(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="The JSON file to write.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", show_default=False, help="The profiles; by default all.")
    ] = None,
) -> None:
    """Write profiles to a file. There are no secrets in it, only references to them."""
    from helios_gui.cli import profiles

    raise typer.Exit(profiles.export_file(file, names or ()))


@profiles_app.command("check")
def check_profiles(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|NAME]", show_default=False, help="By default the profiles of this computer."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Check the entries of a file, and say what is wrong with each. Nothing is connected to.

    The exit code is 1 if an entry cannot be used.
    """
    from helios_gui.cli import profiles

    raise typer.Exit(profiles.check_profiles(what, as_json=as_json))


@profiles_app.command("keys")
def print_keys(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", show_default=False, help="A kind of profile; by default all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON schemas instead of text.")] = False,
) -> None:
    """Print the JSON keys of profiles: their types and defaults."""
    from helios_gui.cli import profiles

    raise typer.Exit(profiles.print_keys(kind, as_json=as_json))
