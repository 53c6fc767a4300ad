"""``helios-gui new``: its options, their help, and the function that runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from helios_gui.cli.page_commands import (
    FPS_HELP,
    Codec,
    Folder,
    Forgiving,
    Hosts,
    Language,
    Order,
    Props,
    SoundTrack,
    Transparent,
)
from helios_gui.web.encoding import Sound

NEW_EPILOG = """
What is not given comes from the source. A page says it in window.helios (width, height, fps, duration), else it is
1920×1080 at 30 frames per second; its duration has to come from one of them. Pictures have 30 frames per second unless
--fps says otherwise; videos keep their own rate.

Chunks are as many as two for each processor, in a cloud as two for each that the profile renders at a time, with 30 to
600 frames each; --chunk-size sets the frames per chunk.

--output may have {name} {date} {version} {width} {height} {fps} {profile} in it; {version} is the first of v001, v002 …
of which there is no file. Of pages and of Blender files it may be pictures, such as frames/####.png.

With --rows, {row} and the names of the columns are tokens, too. A still of every row is rendered before the first job
file is written.

The job file is written beside the source. Nothing is rendered before you say so, with --render or “helios-gui render”.

\b
Exit codes: 0 done, 1 the source or the render failed, 2 the input cannot be used, 130 interrupted.
"""


def new(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", show_default=False, help="A web page, a Blender file, a video, or a folder of pictures."
        ),
    ],
    frames: Annotated[
        str,
        typer.Option(
            metavar="N|A-B|LIST",
            show_default=False,
            help="Number of frames, the first and the last one, or a list such as 1-20,40,60-90x2.",
        ),
    ] = "",
    duration: Annotated[
        str, typer.Option(metavar="SECONDS", show_default=False, help="Length of the video, instead of --frames.")
    ] = "",
    fps: Annotated[str, typer.Option(metavar="RATE", show_default=False, help=FPS_HELP)] = "",
    width: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", min=1, help="Width of the page, of the scene's pictures or of the new video."),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", min=1, help="Height of the page, of the scene's pictures or of the new video."),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(metavar="N", show_default=False, help="Pixels of the video per pixel of the page; by default 1."),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Set a key of window.__HELIOS_PROPS__ (can be repeated). The value is JSON, else text. Of a Blender "
            "file: scene, camera, engine, samples, percent, pictures and others.",
        ),
    ] = None,
    props: Props = "",
    language: Language = "",
    transparent: Transparent = False,
    codec: Codec = "",
    sound: SoundTrack = Sound.AUTO,
    preset: Annotated[
        str,
        typer.Option(metavar="NAME", show_default=False, help="How a video is encoded: see “helios-gui presets”."),
    ] = "",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            show_default=False,
            help="The video; relative names start from the job file's folder. By default named after the job file.",
        ),
    ] = "",
    chunk_size: Annotated[int | None, typer.Option(metavar="N", min=1, help="Frames per chunk.")] = None,
    folder: Folder = None,
    hosts: Hosts = None,
    forgiving: Forgiving = False,
    rows: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="CSV or JSON: a job for each row, whose values are added to the page's props.",
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save",
            metavar="JOB",
            help="The job file; by default beside the source, named after it. A folder for --rows.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing job file.")] = False,
    render: Annotated[bool, typer.Option("--render", help="Render the job at once.")] = False,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="P", help="With --render: the profile, instead of the default.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=10_000, help="With --render: chunks at the same time.")
    ] = None,
    retries: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=100, help="With --render: further attempts at a chunk.")
    ] = None,
    order: Order = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --render: replace also files that are not this job's.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="With --render: run the job's commands without asking for permission.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --render: print progress as JSON lines.")] = False,
) -> None:
    """Make a job of a page, a scene, a video or pictures.

    With --render it is rendered at once.
    """
    from helios_gui.cli.new_job import NewOptions, RenderOptions, make_job

    options = NewOptions(
        source=source,
        job=save,
        frames=frames,
        duration=duration,
        fps=fps,
        width=width,
        height=height,
        output=output,
        chunk_size=chunk_size,
        force=force,
        rows=rows,
        special={
            "scale": scale,
            "set": tuple(values or ()),
            "props": props,
            "language": language,
            "transparent": transparent,
            "codec": codec,
            "sound": None if sound is Sound.AUTO else sound,
            "preset": preset,
            "folder": folder,
            "allow-host": tuple(hosts or ()),
            "ignore-page-errors": forgiving,
        },
    )
    rendering = RenderOptions(
        profile=profile,
        concurrency=concurrency,
        retries=retries,
        order=order,
        overwrite=overwrite,
        trust=trust,
        as_json=as_json,
    )
    raise typer.Exit(make_job(options, rendering, render=render))
