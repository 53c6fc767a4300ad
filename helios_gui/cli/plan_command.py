"""``helios-gui plan`` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from helios_gui.cli.page_commands import FPS_HELP


def plan(
    job: Annotated[Path, typer.Argument(metavar="JOB", show_default=False, help="The job file to write.")],
    command: Annotated[
        str,
        typer.Option(
            metavar="TEMPLATE",
            help="Command of each chunk, with {output}, {start}, {end} (inclusive) or {count}, and optionally {input}, "
            "{fps}, {width}, {height}, {frames} (1,3,5), {step}. {start:05} pads with zeros; {{ stands for a brace.",
        ),
    ],
    fps: Annotated[str, typer.Option(metavar="RATE", help=FPS_HELP)],
    width: Annotated[int, typer.Option(metavar="PX", help="Width of the video.")],
    height: Annotated[int, typer.Option(metavar="PX", help="Height of the video.")],
    start: Annotated[int, typer.Option(metavar="FRAME", help="The first frame.")] = 0,
    end: Annotated[int | None, typer.Option(metavar="FRAME", help="The last frame, inclusive (or --total).")] = None,
    total: Annotated[int | None, typer.Option(metavar="N", help="The number of frames (or --end).")] = None,
    frames: Annotated[
        str,
        typer.Option(
            metavar="LIST", help="Frames such as 1-20,40,60-90x2, instead of --start and --end, for image sequences."
        ),
    ] = "",
    chunk_size: Annotated[int | None, typer.Option(metavar="N", help="Frames per chunk (or --chunk-count).")] = None,
    chunk_count: Annotated[int | None, typer.Option(metavar="N", help="Number of chunks (or --chunk-size).")] = None,
    input_file: Annotated[
        str, typer.Option("--input", metavar="FILE", help="Value of {input}, relative to the job's folder.")
    ] = "",
    chunk_output: Annotated[
        str,
        typer.Option(
            metavar="PATTERN",
            help="Files of the chunks, with {index}, {start} or {end}, and optionally {name}, {count}; or an image "
            "sequence, such as frames/f_####.png.",
        ),
    ] = "{name}_part_{index:04}.mov",
    output: Annotated[str, typer.Option(metavar="FILE", help="Finished video, relative to the job's folder.")] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="The job's name.")] = "",
    video_codec: Annotated[
        str, typer.Option(metavar="CODEC", help="Encode the video with this codec when stitching.")
    ] = "",
    audio_codec: Annotated[str, typer.Option(metavar="CODEC", help="Audio codec of the finished video.")] = "",
    quality: Annotated[
        int | None, typer.Option(metavar="CRF", help="Quality of the encoding; lower is better.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing job file.")] = False,
) -> None:
    """Write a job file from a command template."""
    from helios_gui.cli.output import ExitCode
    from helios_gui.cli.plan import read_written_rate, write_plan
    from helios_gui.jobfile.planner import PlanRequest

    rate = read_written_rate(fps)
    if rate is None:
        raise typer.Exit(ExitCode.BAD_INPUT)
    request = PlanRequest(
        command=command,
        fps=rate,
        frames=frames,
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
