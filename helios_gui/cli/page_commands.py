"""``helios-gui web``, and the options that it shares with ``helios-gui new``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from helios_gui.web.encoding import Sound
from helios_gui.web.view import USUAL_LANGUAGE, View

Page = Annotated[Path, typer.Argument(metavar="PAGE", show_default=False, help="The HTML page.")]
Scale = Annotated[float, typer.Option(metavar="N", help="Pixels of the video per pixel of the page.")]
Props = Annotated[str, typer.Option(metavar="FILE|JSON", show_default=False, help="Value of window.__HELIOS_PROPS__.")]
Language = Annotated[
    str,
    typer.Option(
        metavar="TAG", show_default=False, help="What navigator.language says in the page; by default en-US everywhere."
    ),
]
Transparent = Annotated[bool, typer.Option("--transparent", help="Keep a transparent background.")]
Codec = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        show_default=False,
        help="h264, h265, vp9, prores or png; by default as the file's suffix says.",
    ),
]
EncodingPreset = Annotated[
    str,
    typer.Option(
        "--preset",
        metavar="NAME|FILE|JSON",
        show_default=False,
        help="How the video is encoded, instead of --codec: see “helios-gui presets”.",
    ),
]
Folder = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="What the page may load; by default its own folder.")
]
Hosts = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="HOST", help="Host that the page may reach besides (can be repeated)."),
]
Forgiving = Annotated[
    bool, typer.Option("--ignore-page-errors", help="Render a page that throws errors or misses files.")
]
SoundTrack = Annotated[
    Sound,
    typer.Option(
        "--sound", help="Whether the video has sound: where the page is heard, always (it may be silence), or never."
    ),
]
Order = Annotated[
    str,
    typer.Option(
        "--order",
        metavar="playing|scout|N",
        show_default=False,
        help="Order of the chunks: as they play; first, middle and last before the rest; or also every Nth before it.",
    ),
]
FPS_HELP = "Frames per second, such as 30 or 24000/1001."
WIDTH = typer.Option(metavar="PIXELS", min=1, help="Width of the page.")
HEIGHT = typer.Option(metavar="PIXELS", min=1, help="Height of the page.")


def web(
    page: Page,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The video; with --still a picture.")],
    start: Annotated[int, typer.Option(metavar="N", min=0, help="The first frame, counted from 0.")] = 0,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of frames.")] = 1,
    step: Annotated[
        int, typer.Option(metavar="N", min=1, help="From one frame to the next; from 2 on without sound.")
    ] = 1,
    fps: Annotated[str, typer.Option(metavar="RATE", help=FPS_HELP)] = "30",
    width: Annotated[int, WIDTH] = 1920,
    height: Annotated[int, HEIGHT] = 1080,
    scale: Scale = 1.0,
    props: Props = "",
    transparent: Transparent = False,
    codec: Codec = "",
    preset: EncodingPreset = "",
    still: Annotated[int | None, typer.Option(metavar="N", min=0, help="Make a PNG picture of this frame.")] = None,
    sound: SoundTrack = Sound.AUTO,
    folder: Folder = None,
    hosts: Hosts = None,
    forgiving: Forgiving = False,
    language: Language = USUAL_LANGUAGE,
) -> None:
    """Render frames of a web page, as a chunk does.

    A Chromium, Chrome, Edge or Brave of this machine shows the page at the time of each frame, so that a frame is the
    same picture whenever it is rendered.
    """
    from helios_gui.cli.web import WebOptions, render_web

    view = View(width, height, scale, transparent, language)
    options = WebOptions(fps, props, view, folder, tuple(hosts or ()), forgiving, sound)
    raise typer.Exit(
        render_web(page, options, output, start=start, count=count, step=step, codec=codec, preset=preset, still=still)
    )
