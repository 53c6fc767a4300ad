"""``helios-gui blend``: renders frames of a Blender file; the command of the chunks of its job."""

from __future__ import annotations

import asyncio
from pathlib import Path

from helios_gui.blender.render import COLORS, BlendSource, render_frames, render_still
from helios_gui.cli.output import ExitCode, print_error, printable_line
from helios_gui.cli.web import stoppable
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError

_SCENE_FRAME = "Fra:"


def render_blend(source: BlendSource, output: Path, frames: range, still: int | None) -> ExitCode:
    """Render frames and print what Blender prints, with the progress as ``Rendered 3/30``.

    Args:
        source: What is rendered.
        output: The pictures; with ``still`` the picture.
        frames: Numbers of frames.
        still: The frame of which a picture is made, instead.
    """

    def report(line: str) -> None:
        # Where frames are left out, their numbers do not tell how many are done.
        if frames.step == 1 or not line.startswith(_SCENE_FRAME):
            print(printable_line(line), flush=True)

    try:
        _check(source)
        if still is not None:
            asyncio.run(stoppable(render_still(source, output, still, report)))
        else:
            asyncio.run(stoppable(render_frames(source, output, frames, report)))
    except HeliosError as error:
        return print_error(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


def _check(source: BlendSource) -> None:
    if source.color not in COLORS:
        raise UserInputError(
            tr("“{color}” is nothing that pictures can hold.", color=source.color),
            tr("Give --color one of {names}.", names=", ".join(COLORS)),
        )
    if source.percent is not None and source.width is not None:
        raise UserInputError(tr("--percent and --width say the same."), tr("Leave out one of them."))
    if (source.width is None) != (source.height is None):
        raise UserInputError(
            tr("--width and --height belong together."), tr("Give both, or none for the scene's size.")
        )
