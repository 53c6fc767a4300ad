"""The commands: their options, their help, and the function that runs them, which is imported when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.models import CommandInfo

from helios_gui.cli.blend_command import blend
from helios_gui.cli.help_language import translate_help
from helios_gui.cli.hook_commands import hooks_app
from helios_gui.cli.invocation import VERSION_LINE
from helios_gui.cli.new_command import NEW_EPILOG, new
from helios_gui.cli.output import print_error
from helios_gui.cli.page_commands import web
from helios_gui.cli.plan_command import plan
from helios_gui.cli.profile_commands import profiles_app
from helios_gui.cli.render_command import REENCODE_HELP, RENDER_EPILOG, render
from helios_gui.cli.usage_texts import run_command
from helios_gui.cli.video_commands import link_frames, presets, transcode
from helios_gui.cli.watch_command import WATCH_EPILOG, watch
from helios_gui.cli.worker_commands import worker_app
from helios_gui.translation import tr
from helios_gui.types import HeliosError

_JSON = "Print JSON instead of text."

_app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    subcommand_metavar="COMMAND [ARGS]…\n       helios-gui [FILES]",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Split a render into chunks, render them in parallel, and stitch them into one verified video.\n\n"
    "Without a command, the window opens and adds the FILES to its queue: job files, folders of them, "
    "web pages, Blender files, videos, or pictures.",
    epilog="“helios-gui doctor” shows the folders of jobs, logs and settings. Set HELIOS_HOME to use another folder.",
)


def make_command(wanted: str = "") -> Any:
    """Return the command line (a click command), with its help in English.

    Args:
        wanted: The command that will be run. Nothing else is made then, as making all takes longer than many commands
            run; where there is none of that name, or it is empty, all are made.
    """
    app = copy(_app)
    commands = [one for one in app.registered_commands if _name_of(one) == wanted]
    groups = [one for one in app.registered_groups if one.name == wanted]
    if commands or groups:
        app.registered_commands, app.registered_groups = commands, groups
    return typer.main.get_command(app)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code."""
    command = make_command(arguments[0] if arguments else "")
    translate_help(command)
    try:
        return run_command(command, arguments)
    except HeliosError as error:  # before the command could report it: there is no home folder, say
        return print_error(error)


def _name_of(command: CommandInfo) -> str:
    return typer.main.get_command_name(command.callback.__name__) if command.callback else ""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(VERSION_LINE)
        raise typer.Exit


@_app.callback()
def _helios_gui(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Define the options of the program itself."""


_app.command(epilog=RENDER_EPILOG)(render)


_RESTITCH_EPILOG = """\b
Exit codes: 0 done, 1 stitching failed, 2 the input cannot be used, 130 interrupted.

Nothing is rendered, and the chunks are not changed. With --json, the lines are those of “helios-gui render --json”.
"""


@_app.command(epilog=_RESTITCH_EPILOG)
def restitch(
    job: Annotated[
        Path, typer.Argument(metavar="JOB", show_default=False, help="The job file, or the id of a job in the queue.")
    ],
    reencode: Annotated[bool, typer.Option("--reencode", help=REENCODE_HELP)] = False,
    output: Annotated[
        Path | None,
        typer.Option(metavar="F", show_default=False, help="File for the finished video, instead of the job's."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there at --output.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print progress as JSON lines.")] = False,
) -> None:
    """Stitch the finished chunks of a job once more."""
    from helios_gui.cli.restitch import RestitchRequest, restitch_job

    request = RestitchRequest(job=job, reencode=reencode, output=output, overwrite=overwrite, as_json=as_json)
    raise typer.Exit(restitch_job(request))


_app.command()(plan)
_app.command(epilog=NEW_EPILOG)(new)
_app.command()(web)
_app.command()(blend)
_app.command()(transcode)
_app.command()(link_frames)
_app.command()(presets)


@_app.command()
def jobs(
    watch: Annotated[
        bool, typer.Option("--watch", help="Show progress and when all is done, until no job runs any more.")
    ] = False,
    log: Annotated[
        str, typer.Option("--log", metavar="TEXT", show_default=False, help="Show only jobs whose logs contain TEXT.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """List the jobs in the queue."""
    from helios_gui.cli.jobs import show_jobs

    raise typer.Exit(show_jobs(as_json=as_json, watch=watch, log_text=log))


@_app.command()
def report(
    job: Annotated[Path, typer.Argument(metavar="JOB", show_default=False, help="A job file, or the id of a job.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            show_default=False,
            help="The page; by default in this folder, named after the video.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Write a report about a job.

    It is an HTML page that needs no other file: each chunk, its attempts, times, costs and checksums, and whether a
    frame is missing.
    """
    from helios_gui.cli.report import write_report

    raise typer.Exit(write_report(job, output, as_json=as_json))


@_app.command()
def doctor(
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Test the connection of this profile instead. Renders and changes nothing."),
    ] = None,
    round_trip: Annotated[
        bool,
        typer.Option(
            "--round-trip",
            help="Also render a test frame: uploads a few kB, runs a worker for about a second, costs a fraction of a "
            "cent, and removes everything afterwards.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Check this machine, or the connection of a profile.

    The exit code is 1 if something that is needed to render is missing or fails.
    """
    if profile is not None:
        from helios_gui.cli.doctor.connection import check_profile

        raise typer.Exit(check_profile(profile, round_trip=round_trip, as_json=as_json))
    if round_trip:
        raise typer.BadParameter(tr("--round-trip needs --profile: the profile to render the test frame with."))
    from helios_gui.cli.doctor.machine import check_machine

    raise typer.Exit(check_machine(as_json=as_json))


@_app.command()
def example(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]", show_default=False, help="Folder to copy to; by default ./test-card or ./sunrise."
        ),
    ] = None,
    page: Annotated[
        bool, typer.Option("--page", help="A web page of ten seconds, for “helios-gui new”, instead of a job file.")
    ] = False,
) -> None:
    """Copy an example: the job of a test card, or a page.

    Prints the path of the file.
    """
    from helios_gui.cli.example import print_example

    raise typer.Exit(print_example(folder, page=page))


_app.command(epilog=WATCH_EPILOG)(watch)
_app.add_typer(hooks_app, name="hooks")
_app.add_typer(profiles_app, name="profiles")
_app.add_typer(worker_app, name="worker")
