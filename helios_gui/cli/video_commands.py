"""The commands about videos and presets: their options, their help, and the functions that run them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def transcode(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", show_default=False, help="The video.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to make, without sound.")],
    start: Annotated[int, typer.Option(metavar="N", min=0, help="The first frame, counted from 0.")] = 0,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of frames.")] = 1,
    step: Annotated[int, typer.Option(metavar="N", min=1, help="From one frame to the next.")] = 1,
    preset: Annotated[
        str,
        typer.Option(metavar="NAME|FILE|JSON", help="How to encode: see “helios-gui presets”, or a TOML file."),
    ] = "h264",
    fps: Annotated[
        str,
        typer.Option(
            metavar="RATE", show_default=False, help="Frames per second to write, instead of the video's own."
        ),
    ] = "",
    width: Annotated[int | None, typer.Option(metavar="PIXELS", min=2, help="Width of the picture.")] = None,
    height: Annotated[int | None, typer.Option(metavar="PIXELS", min=2, help="Height of the picture.")] = None,
) -> None:
    """Encode frames of a video anew, as a chunk does.

    Frames are found by their numbers in the order they are shown, so that chunks fit together without a gap. A frame
    that cannot be decoded ends the command with a sentence that names it.
    """
    from helios_gui.cli.transcode import TranscodeOptions, transcode_video

    options = TranscodeOptions(preset, fps, width, height)
    raise typer.Exit(transcode_video(video, options, output, start=start, count=count, step=step))


def link_frames(
    pictures: Annotated[
        Path, typer.Argument(metavar="PICTURES", show_default=False, help="The pictures, such as shot_####.exr.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PICTURES", help="Their other names, such as frames/####.exr.")
    ],
    start: Annotated[int, typer.Option(metavar="N", min=0, help="The first frame.")] = 0,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of frames.")] = 1,
    step: Annotated[int, typer.Option(metavar="N", min=1, help="From one frame to the next.")] = 1,
) -> None:
    """Give pictures other names, as a chunk does.

    They are linked where the disk can do it, else copied; the pictures stay as they are.
    """
    from helios_gui.cli.link_frames import link_frames

    raise typer.Exit(link_frames(pictures, output, range(start, start + count * step, step)))


def presets(
    folder: Annotated[
        Path,
        typer.Argument(metavar="[FOLDER]", show_default=False, help="A job's folder, whose presets are shown too."),
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List the presets: how videos are encoded.

    Presets are TOML files: those of the program, your own in the folder that is named at the end of the list, and those
    in the folder “presets” of a job. One of the same name replaces an earlier one. Copy one to make your own.
    """
    from helios_gui.cli.presets import list_presets

    raise typer.Exit(list_presets(folder, as_json=as_json))
