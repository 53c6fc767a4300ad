"""The command ``helios-gui watch``: its options and their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WATCH_EPILOG = """\b
Exit codes: 0 done (--once), 2 the folder cannot be watched, 130 interrupted.

Job files (*.helios.json, *.heliosjob, job.json), web pages, .blend files and videos are taken once they have not
changed for some seconds; folders below FOLDER are left alone. Jobs of sources, and their videos, are made in
FOLDER/rendered. When a job has ended, its file is moved to FOLDER/done, or to FOLDER/failed with the reason beside it;
put it back to try again. What was taken is remembered, also when the command is started again.

With --sequences, frames such as shot_0001.png, in FOLDER or in a folder in it, become one video once no frame has
landed or changed for --frames-wait minutes: give more than a frame takes. Where frames are missing between others,
they are named and waited for. Where more frames land later, a new video is made of all.
"""


def watch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False, help="The folder to watch.")],
    preset: Annotated[
        str, typer.Option(metavar="NAME", show_default=False, help="Preset for videos; see “helios-gui presets”.")
    ] = "",
    profile: Annotated[
        str, typer.Option(metavar="P", show_default=False, help="Profile to render with, instead of the default one.")
    ] = "",
    render: Annotated[
        bool, typer.Option("--render", help="Render what lands there, instead of only adding it to the queue.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Trust the folder: whatever commands its job files bring are run.")
    ] = False,
    leave: Annotated[bool, typer.Option("--leave", help="Move no files when their jobs have ended.")] = False,
    sequences: Annotated[bool, typer.Option("--sequences", help="Take image sequences, too.")] = False,
    frames_wait: Annotated[
        float,
        typer.Option(metavar="MINUTES", min=0.01, max=1440, help="How long no frame of a sequence may land or change."),
    ] = 5.0,
    fps: Annotated[
        str, typer.Option(metavar="RATE", show_default=False, help="Frames per second of image sequences.")
    ] = "",
    once: Annotated[
        bool, typer.Option("--once", help="Take what is there, wait until it is rendered, and end.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, help="How long a file must not change before it is taken."),
    ] = 5.0,
) -> None:
    """Watch a folder: what lands there becomes jobs.

    With --render they are rendered, too.
    """
    from helios_gui.cli.output import print_error
    from helios_gui.cli.rates import read_rate
    from helios_gui.cli.watch import WatchOptions, watch_folder
    from helios_gui.types import UserInputError
    from helios_gui.types.frame_rate import write_rate
    from helios_gui.watch_folders.watch_folder import WatchFolder

    try:
        rate = write_rate(read_rate(fps)) if fps else ""
    except UserInputError as error:
        raise typer.Exit(print_error(error)) from error
    watched = WatchFolder(
        path=folder.absolute(),
        render=render,
        profile=profile,
        preset=preset,
        move=not leave,
        sequences=sequences,
        frames_minutes=frames_wait,
        fps=rate,
    )
    raise typer.Exit(watch_folder(watched, WatchOptions(trust=trust, once=once, settle=settle)))
