"""``helios-gui blend`` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def blend(
    project: Annotated[Path, typer.Argument(metavar="BLEND", show_default=False, help="The .blend file.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The pictures, such as frames/####.png, where # stand for the frame's number; with --still a picture.",
        ),
    ],
    start: Annotated[int, typer.Option(metavar="N", min=0, help="The first frame.")] = 1,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of frames.")] = 1,
    scene: Annotated[str, typer.Option(metavar="NAME", show_default=False, help="The scene.")] = "",
    camera: Annotated[
        str,
        typer.Option(metavar="NAME", show_default=False, help="The camera, instead of the scene's and its markers'."),
    ] = "",
    engine: Annotated[str, typer.Option(metavar="NAME", show_default=False, help="The engine, such as CYCLES.")] = "",
    samples: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Samples per pixel of Cycles and EEVEE.")
    ] = None,
    width: Annotated[int | None, typer.Option(metavar="PIXELS", min=1, help="Width of the pictures.")] = None,
    height: Annotated[int | None, typer.Option(metavar="PIXELS", min=1, help="Height of the pictures.")] = None,
    percent: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=32_767, help="Percent of the scene's resolution, instead of --width and --height."
        ),
    ] = None,
    color: Annotated[str, typer.Option(metavar="MODE", help="RGB, RGBA or BW.")] = "RGB",
    step: Annotated[int, typer.Option(metavar="N", min=1, help="From one frame to the next.")] = 1,
    still: Annotated[int | None, typer.Option(metavar="N", min=0, help="Render this frame only.")] = None,
    scripts: Annotated[
        bool, typer.Option("--scripts", help="Run the Python in the file: scripts, and drivers that need it.")
    ] = False,
    forgiving: Annotated[
        bool, typer.Option("--ignore-missing", help="Render although files that the scene needs are missing.")
    ] = False,
    raw: Annotated[bool, typer.Option("--no-denoise", help="Do not denoise with Cycles.")] = False,
) -> None:
    """Render frames of a Blender file, as a chunk does.

    The Blender of this machine renders them, with the settings of its user. HELIOS_BLENDER names another one.
    """
    from helios_gui.blender.render import BlendSource
    from helios_gui.cli.blend import render_blend

    source = BlendSource(
        blend=project,
        scene=scene,
        camera=camera,
        engine=engine,
        samples=samples,
        width=width,
        height=height,
        percent=percent,
        color=color,
        scripts=scripts,
        forgiving=forgiving,
        denoise=not raw,
    )
    raise typer.Exit(render_blend(source, output, range(start, start + count * step, step), still))
