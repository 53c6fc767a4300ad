"""The commands about web pages: their options, their help, and the functions that run them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NEW_EPILOG = """
What is not given comes from the page's window.helios (width, height, fps, duration), else it is 1920×1080 at 30 frames
per second. The duration has to come from one of them.

Chunks are as many as two for each processor, with 30 to 600 frames each; --chunk-size sets the frames per chunk.

The job file is written beside the page. Nothing is rendered before you say so, with --render or “helios-gui render”.

\b
Exit codes: 0 done, 1 the page or the render failed, 2 the input cannot be used, 130 interrupted.
"""

_Page = Annotated[Path, typer.Argument(metavar="PAGE", show_default=False, help="The HTML page.")]
_Scale = Annotated[float, typer.Option(metavar="N", help="Pixels of the video per pixel of the page.")]
_Props = Annotated[str, typer.Option(metavar="FILE|JSON", show_default=False, help="Value of window.__HELIOS_PROPS__.")]
_Transparent = Annotated[bool, typer.Option("--transparent", help="Keep a transparent background.")]
_Codec = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        show_default=False,
        help="h264, h265, vp9, prores or png; by default as the file's suffix says.",
    ),
]
_Folder = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="What the page may load; by default its own folder.")
]
_Hosts = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="HOST", help="Host that the page may reach besides (can be repeated)."),
]
_Forgiving = Annotated[
    bool, typer.Option("--ignore-page-errors", help="Render a page that throws errors or misses files.")
]
# Options whose defaults, and so whose types, are the page's in "new" and numbers in "web".
_FPS_HELP = "Frames per second, such as 30 or 24000/1001."
_WIDTH = typer.Option(metavar="PIXELS", min=1, help="Width of the page.")
_HEIGHT = typer.Option(metavar="PIXELS", min=1, help="Height of the page.")


def new(
    page: _Page,
    frames: Annotated[int | None, typer.Option(metavar="N", min=1, help="Number of frames.")] = None,
    duration: Annotated[
        str, typer.Option(metavar="SECONDS", show_default=False, help="Length of the video, instead of --frames.")
    ] = "",
    fps: Annotated[str, typer.Option(metavar="RATE", show_default=False, help=_FPS_HELP)] = "",
    width: Annotated[int | None, _WIDTH] = None,
    height: Annotated[int | None, _HEIGHT] = None,
    scale: _Scale = 1.0,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Set a key of window.__HELIOS_PROPS__ (can be repeated). The value is JSON, else text.",
        ),
    ] = None,
    props: _Props = "",
    transparent: _Transparent = False,
    codec: _Codec = "",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            show_default=False,
            help="The video, relative to the job file's folder; by default named after the job file.",
        ),
    ] = "",
    chunk_size: Annotated[int | None, typer.Option(metavar="N", min=1, help="Frames per chunk.")] = None,
    folder: _Folder = None,
    hosts: _Hosts = None,
    forgiving: _Forgiving = False,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="JOB", help="The job file; by default beside the page, named after it."),
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
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --render: replace also a video that is not this job's.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="With --render: run the job's commands without asking for permission.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --render: print progress as JSON lines.")] = False,
) -> None:
    """Make a job file of a web page, and render it if wanted."""
    from helios_gui.cli.new_job import NewOptions, RenderOptions, make_job

    options = NewOptions(
        page=page,
        job=save,
        frames=frames,
        duration=duration,
        fps=fps,
        width=width,
        height=height,
        scale=scale,
        values=tuple(values or ()),
        props=props,
        transparent=transparent,
        codec=codec,
        output=output,
        chunk_size=chunk_size,
        folder=folder,
        hosts=tuple(hosts or ()),
        forgiving=forgiving,
        force=force,
    )
    rendering = RenderOptions(
        profile=profile,
        concurrency=concurrency,
        retries=retries,
        overwrite=overwrite,
        trust=trust,
        as_json=as_json,
    )
    raise typer.Exit(make_job(options, rendering, render=render))


def web(
    page: _Page,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The video; with --still a picture.")],
    start: Annotated[int, typer.Option(metavar="N", min=0, help="The first frame, counted from 0.")] = 0,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of frames.")] = 1,
    fps: Annotated[str, typer.Option(metavar="RATE", help=_FPS_HELP)] = "30",
    width: Annotated[int, _WIDTH] = 1920,
    height: Annotated[int, _HEIGHT] = 1080,
    scale: _Scale = 1.0,
    props: _Props = "",
    transparent: _Transparent = False,
    codec: _Codec = "",
    still: Annotated[int | None, typer.Option(metavar="N", min=0, help="Make a PNG picture of this frame.")] = None,
    folder: _Folder = None,
    hosts: _Hosts = None,
    forgiving: _Forgiving = False,
) -> None:
    """Render frames of a web page, as a chunk of a composition does.

    A Chromium, Chrome, Edge or Brave of this machine shows the page at the time of each frame, so that a frame is the
    same picture whenever it is rendered.
    """
    from helios_gui.cli.web import WebOptions, render_web

    options = WebOptions(fps, props, width, height, scale, transparent, folder, tuple(hosts or ()), forgiving)
    raise typer.Exit(render_web(page, options, output, start=start, count=count, codec=codec, still=still))
