"""The command ``helios-gui render``: its options and their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from helios_gui.cli.number_or_off import count_or_off, gigabytes_or_off, percent_or_off
from helios_gui.cli.page_commands import Order

REENCODE_HELP = "Encode chunks that do not match the others, or do not fit into the file, instead of refusing them."

RENDER_EPILOG = """\b
Exit codes: 0 done, 1 the job failed, 2 the input cannot be used, 130 interrupted.

A video is replaced if this job file made it. Any other file in its place ends the command with 2 without --overwrite.
So does a file where a chunk goes that no job of this journal made as it is; with --missing it is kept if it fits.

Ctrl-C stops all renderers of the job. Finished chunks are kept, and --resume continues from there. A second Ctrl-C
stops immediately, without the grace period. Ctrl-\\ (or SIGQUIT) lets the chunks that run come to their end first.

When a cloud rejects the credentials during a job, the job pauses. On a terminal, the command says so, waits until you
have signed in again, and continues. In a pipe and with --json it ends with exit code 1; continue with --resume.

With --json, every line is an object with the key "event":

\b
  estimate     low, high (US dollars; null where nothing was measured), basis,
               secondsPerFrame: [low, high] or null, profile, chunks, frames,
               spendLimit (or null), warning; the first line of a cloud render
  job          state, reason, progress (0 to 1), chunksDone, chunksTotal,
               framesDone, framesTotal, framesPerSecond, eta (seconds; null
               while unknown), stitchProgress, cost (US dollars so far),
               expectedCost (in total; null while unknown); the first one also
               has id, name, profile
  chunk        id, state, reason, startFrame, frameCount, framesDone, attempt
  note         message: information for the user
  done         exitCode, chunksDone, chunksTotal, output (null when nothing
               was stitched), folder, report
  failed       exitCode, chunksDone, chunksTotal, reason,
               chunks: [{id, cause, log}], resume (the command); restitch
               (the command) where encoding the chunks anew may help
  interrupted  exitCode, chunksDone, chunksTotal, resume, stopNote (about
               workers that did not confirm that they stopped)
  error        exitCode, message, hint: nothing was rendered

The last line is one of the last four. Progress is printed at most twice a second for the job and once a second for
each chunk.
"""


def render(
    job: Annotated[Path, typer.Argument(metavar="JOB", show_default=False, help="The job file.")],
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="P", help="Profile to render with, instead of the default profile."),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=10_000,
            help="Concurrency: chunks to render at the same time (default: the profile's).",
        ),
    ] = None,
    retries: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            max=100,
            help="Retries: further attempts at a chunk that failed (default: the profile's).",
        ),
    ] = None,
    chunk: Annotated[
        list[int] | None,
        typer.Option(
            metavar="ID",
            help="Render only this chunk (can be repeated). With --resume: render it again and stitch again.",
        ),
    ] = None,
    chunk_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0.001,
            help="Timeout per chunk: an attempt that takes longer is ended (default: the profile's).",
        ),
    ] = None,
    stall: Annotated[
        Literal["off", "warn", "kill"] | None,
        typer.Option(
            help="What to do about a chunk that has stalled, that is, prints nothing and uses no processor "
            "(default: the profile's).",
        ),
    ] = None,
    stall_after: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0.1,
            help="How long a chunk has to be silent and idle to count as stalled (default: the profile's).",
        ),
    ] = None,
    stop_after_failures: Annotated[
        int | None,
        typer.Option(
            metavar="N|off",
            parser=count_or_off,
            help="Stop if the first N chunks that are tried all fail (default: the profile's).",
        ),
    ] = None,
    stop_at_failed_percent: Annotated[
        float | None,
        typer.Option(
            metavar="N|off",
            parser=percent_or_off,
            help="Stop later when N % of the chunks tried so far have failed (default: the profile's).",
        ),
    ] = None,
    renderer_priority: Annotated[
        Literal["normal", "low", "idle"] | None,
        typer.Option(
            help="Priority of renderers on this machine: with low, other programs go first; with idle, renderers get "
            "what is left (default: the profile's).",
        ),
    ] = None,
    memory_limit: Annotated[
        float | None,
        typer.Option(
            metavar="GB|off",
            parser=gigabytes_or_off,
            help="Stop a chunk on this machine that uses more memory; it has failed then (default: the profile's).",
        ),
    ] = None,
    keep_memory_free: Annotated[
        float | None,
        typer.Option(
            metavar="GB|off",
            parser=gigabytes_or_off,
            help="Stop a chunk when less memory of this machine is free, and render fewer at a time "
            "(default: the profile's).",
        ),
    ] = None,
    merge: Annotated[
        bool | None,
        typer.Option("--merge/--no-merge", show_default=False, help="Stitch the chunks into one video (the default)."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="F", show_default=False, help="File for the finished video, instead of the job's."),
    ] = None,
    reencode: Annotated[
        bool,
        typer.Option("--reencode", help=REENCODE_HELP),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue the last unfinished render of this job. It keeps its options; --profile, --concurrency, "
            "--retries, --chunk-timeout, --stall, --stall-after, --stop-after-failures, --stop-at-failed-percent, "
            "--renderer-priority, --memory-limit, --keep-memory-free and --reencode may be given anew.",
        ),
    ] = False,
    missing: Annotated[
        bool,
        typer.Option(
            "--missing",
            help="Render only chunks whose outputs are missing or damaged, and keep all frames that are there.",
        ),
    ] = False,
    now: Annotated[
        bool,
        typer.Option(
            "--now", help="Do not wait for what the profile waits for: its hours, power, room on the disk, programs."
        ),
    ] = False,
    order: Order = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace also files that are not this job's.")] = False,
    priority: Annotated[
        Literal["high", "normal", "low"] | None,
        typer.Option(help="Priority that the job has in the queue when the window continues it (default: normal)."),
    ] = None,
    after: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JOB",
            help="Start when this job is completed: an id of “helios-gui jobs”, or a job file, whose newest render is "
            "meant (can be repeated).",
        ),
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="NAME", help="Group of the queue that the job belongs to.")
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Run the job's commands without asking for permission.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print progress as JSON lines.")] = False,
) -> None:
    """Render a job file in the terminal."""
    from helios_gui.cli.render.request import RenderRequest
    from helios_gui.cli.render.run import render_job
    from helios_gui.types import Priority, RendererPriority, StallAction

    request = RenderRequest(
        job=job,
        profile=profile,
        concurrency=concurrency,
        retries=retries,
        chunk_timeout=chunk_timeout,
        stall_action=None if stall is None else StallAction(stall),
        stall_after=stall_after,
        stop_after_failures=stop_after_failures,
        stop_at_failed_percent=stop_at_failed_percent,
        renderer_priority=None if renderer_priority is None else RendererPriority(renderer_priority),
        memory_limit=memory_limit,
        keep_memory_free=keep_memory_free,
        chunk_ids=tuple(dict.fromkeys(chunk)) if chunk else None,
        merge=merge,
        output=output,
        reencode=reencode or None,
        resume=resume,
        missing=missing,
        now=now,
        order=order,
        overwrite=overwrite,
        priority=None if priority is None else Priority(priority),
        after=tuple(after) if after else None,
        group=group,
        trust=trust,
        as_json=as_json,
    )
    raise typer.Exit(render_job(request))
