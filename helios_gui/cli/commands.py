"""The commands as typed: their options, their help, and which function does the work (imported when it is needed)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from helios_gui.cli import VERSION_LINE

_JSON = "Print JSON instead of text."

_app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    subcommand_metavar="COMMAND [ARGS]…\n       helios-gui [FILES]",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Split a render into chunks, run them side by side, and join them into one verified video.\n\n"
    "Without a command, the window opens with the given job FILES (or folders of them) in its queue.",
    epilog="Jobs, logs and settings are kept in the folders that “helios-gui doctor” shows; HELIOS_HOME names others.",
)


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit code."""
    command = typer.main.get_command(_app)
    try:
        command.main(list(arguments), prog_name="helios-gui")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


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
    """What is common to all commands."""


_RENDER_EPILOG = """\b
Exit codes: 0 done, 1 the job failed, 2 the input cannot be used, 130 interrupted.

Ctrl-C stops everything the job has started; finished chunks are kept, and --resume goes on from there. A second
Ctrl-C does not wait for renderers to end by themselves.

When a cloud refuses the credentials in the middle of a job, the job pauses. On a terminal, render says so, waits until
somebody has signed in again, and goes on; in a pipe and with --json it ends with 1, to be gone on with by --resume.

With --json every line is an object with a key "event":

\b
  estimate     low, high (US dollars; null where nothing was measured), basis,
               secondsPerFrame: [low, high] or null, profile, chunks, frames,
               spendLimit (or null), warning; first, where a cloud renders
  job          state, reason, progress (0 to 1), chunksDone, chunksTotal,
               framesDone, framesTotal, framesPerSecond, eta (seconds; null
               while unknown), stitchProgress, cost (US dollars so far),
               expectedCost (in all; null while unknown); first also id, name,
               profile
  chunk        id, state, reason, startFrame, frameCount, framesDone, attempt
  note         message: something a person should know
  done         exitCode, chunksDone, chunksTotal, output (null when nothing
               was joined), folder, report
  failed       exitCode, chunksDone, chunksTotal, reason,
               chunks: [{id, cause, log}], resume (the command)
  interrupted  exitCode, chunksDone, chunksTotal, resume, aftermath (what is
               known of workers that did not confirm that they stopped)
  error        exitCode, message, hint: nothing was rendered

The last line is one of the last four. Progress comes at most twice a second for the job and once for a chunk.
"""


@_app.command(epilog=_RENDER_EPILOG)
def render(
    job: Annotated[Path, typer.Argument(metavar="JOB", show_default=False, help="The job file.")],
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="P", help="Render through this profile, not the default one.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=10_000, help="Chunks to render at a time.")
    ] = None,
    retries: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=100, help="How often to try a failed chunk again.")
    ] = None,
    chunk: Annotated[
        list[int] | None,
        typer.Option(
            metavar="ID",
            help="Render only this chunk (may be repeated). With --resume: render it again, and join anew.",
        ),
    ] = None,
    merge: Annotated[bool, typer.Option("--merge/--no-merge", help="Join the chunks into one video.")] = True,
    output: Annotated[
        Path | None, typer.Option(metavar="F", show_default=False, help="The finished video, if not as the job says.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with this job's last unfinished render.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run the job's commands without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print progress as JSON lines.")] = False,
) -> None:
    """Render a job file here, in the terminal."""
    from helios_gui.cli.render import RenderRequest, render_job

    request = RenderRequest(
        job=job,
        profile=profile,
        concurrency=concurrency,
        retries=retries,
        chunk_ids=tuple(dict.fromkeys(chunk)) if chunk else None,
        merge=merge,
        output=output,
        resume=resume,
        trust=trust,
        as_json=as_json,
    )
    raise typer.Exit(render_job(request))


@_app.command()
def plan(
    job: Annotated[Path, typer.Argument(metavar="JOB", show_default=False, help="The job file to write.")],
    command: Annotated[
        str,
        typer.Option(
            metavar="TEMPLATE",
            help="What each chunk runs, with {output}, {start}, {end} (inclusive) or {count}, and perhaps {input}, "
            "{fps}, {width}, {height}; {start:05} pads with zeros, {{ is a brace.",
        ),
    ],
    fps: Annotated[float, typer.Option(metavar="N", help="Frames per second.")],
    width: Annotated[int, typer.Option(metavar="PX", help="Width of the video.")],
    height: Annotated[int, typer.Option(metavar="PX", help="Height of the video.")],
    start: Annotated[int, typer.Option(metavar="FRAME", help="The first frame.")] = 0,
    end: Annotated[int | None, typer.Option(metavar="FRAME", help="The last frame, inclusive (or --total).")] = None,
    total: Annotated[int | None, typer.Option(metavar="N", help="The number of frames (or --end).")] = None,
    chunk_size: Annotated[int | None, typer.Option(metavar="N", help="Frames per chunk (or --chunk-count).")] = None,
    chunk_count: Annotated[int | None, typer.Option(metavar="N", help="Number of chunks (or --chunk-size).")] = None,
    input_file: Annotated[
        str, typer.Option("--input", metavar="FILE", help="What {input} stands for, as seen from the job's folder.")
    ] = "",
    chunk_output: Annotated[
        str,
        typer.Option(
            metavar="PATTERN", help="The chunks' files, with {index}, {start} or {end}, and perhaps {name}, {count}."
        ),
    ] = "{name}_part_{index:04}.mov",
    output: Annotated[str, typer.Option(metavar="FILE", help="The finished video, seen from the job's folder.")] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="The job's name.")] = "",
    video_codec: Annotated[str, typer.Option(metavar="CODEC", help="Encode the video anew when joining.")] = "",
    audio_codec: Annotated[str, typer.Option(metavar="CODEC", help="The finished video's sound.")] = "",
    quality: Annotated[
        int | None, typer.Option(metavar="CRF", help="Quality of a new encode; lower is better.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a job file that is there.")] = False,
) -> None:
    """Write a job file from a command template."""
    from helios_gui.cli.plan import write_plan
    from helios_gui.jobfile.planner import PlanRequest

    request = PlanRequest(
        command=command,
        fps=fps,
        width=width,
        height=height,
        start=start,
        end=end,
        total=total,
        chunk_size=chunk_size,
        chunk_count=chunk_count,
        input=input_file,
        chunk_output=chunk_output,
        output=output,
        name=name,
        video_codec=video_codec,
        audio_codec=audio_codec,
        quality=quality,
        job_dir=job.absolute().parent,
    )
    raise typer.Exit(write_plan(request, job, force=force))


@_app.command()
def jobs(as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False) -> None:
    """List the jobs in the queue."""
    from helios_gui.cli.jobs import show_jobs

    raise typer.Exit(show_jobs(as_json=as_json))


@_app.command()
def doctor(
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Test this profile's connection instead; renders and changes nothing."),
    ] = None,
    round_trip: Annotated[
        bool,
        typer.Option(
            "--round-trip",
            help="Also render a test frame there: uploads a few kB, runs a worker for about a second, costs a fraction "
            "of a cent, and removes everything after.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Show what is found on this machine, or whether a profile's connection is good.

    The exit code is 1 if something is missing that rendering needs.
    """
    if profile is not None:
        from helios_gui.cli.connection import show_connection

        raise typer.Exit(show_connection(profile, round_trip=round_trip, as_json=as_json))
    if round_trip:
        raise typer.BadParameter("Say with --profile where the test frame is to be rendered.")
    from helios_gui.cli.doctor import show_findings

    raise typer.Exit(show_findings(as_json=as_json))


@_app.command()
def example(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", show_default=False, help="Where to put it; by default: ./test-card")
    ] = Path("test-card"),
) -> None:
    """Copy the example job to a folder of yours.

    Prints the job file's path.
    """
    from helios_gui.cli.example import copy_example

    raise typer.Exit(copy_example(folder))


_worker = typer.Typer(help="Render for other machines.", no_args_is_help=True)
_app.add_typer(_worker, name="worker")


@_worker.callback()
def _all_worker_commands() -> None:
    """Render for other machines."""


_SERVE_EPILOG = """\b
Callers have to show who they are, unless Cloud Run checks that (K_SERVICE is set):
  HELIOS_WORKER_TOKEN     a secret that callers send as bearer token, or
  HELIOS_WORKER_AUDIENCE  the audience of Google ID tokens, together with
  HELIOS_WORKER_CALLERS   the accounts' email addresses, with commas between

\b
More settings:
  PORT, HELIOS_WORKER_HOST   where to serve
  HELIOS_WORKER_DIR          work folder and cache; one for each worker
  HELIOS_WORKER_CACHE_MB     size of the cache of asset files
  HELIOS_WORKER_TIME_LIMIT   seconds a render may take
  HELIOS_WORKER_CERTS_URL    Google's public certificates
  HELIOS_STORAGE_…           how storage is reached: ENDPOINT_URL, REGION,
                             AWS_PROFILE, SERVICE_ACCOUNT_KEY, METADATA_HOST, …

POST / or /render with {"jobPath": URL, "chunkIndex": N} renders; GET /health tells the version.
"""


@_worker.command(epilog=_SERVE_EPILOG)
def serve(
    port: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=65535, help="Port; by default $PORT or 8080.")
    ] = None,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address; by default this machine only (on Cloud Run: all).")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=1, help="How long a render may take at most.")
    ] = None,
    stop_on_hangup: Annotated[
        bool, typer.Option("--stop-on-hangup", help="End the render when its caller hangs up.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure-no-auth", help="Render whatever anybody sends who can reach the port.")
    ] = False,
) -> None:
    """Serve HTTP and render what is asked for, one chunk at a time.

    Ends at SIGTERM or Ctrl-C, after having reported on the render in hand.
    """
    from helios_gui.cli.worker import serve_worker
    from helios_gui.worker.serve import ServeOptions

    options = ServeOptions(host, port, time_limit, insecure=insecure, stop_on_hangup=stop_on_hangup)
    raise typer.Exit(serve_worker(options))
