"""``helios-gui web``: renders frames of a web page; the command of the chunks of a composition."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.cli.interrupts import handle_interrupts
from helios_gui.cli.output import ExitCode, print_error, printable_line
from helios_gui.cli.rates import read_rate
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.types.sequences import read_pattern
from helios_gui.utils.json_mistakes import mistake_in
from helios_gui.web.encoding import Sound, check_pictures
from helios_gui.web.page_tabs import PageSource
from helios_gui.web.render import render_pictures, render_still, render_video
from helios_gui.web.view import View

if TYPE_CHECKING:
    from helios_gui.media.presets import Preset


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How a page is shown, as the command line says it; the names are those of the options."""

    fps: str
    props: str
    view: View
    folder: Path | None
    hosts: tuple[str, ...]
    forgiving: bool
    sound: Sound


def render_web(
    page: Path,
    options: WebOptions,
    output: Path,
    *,
    start: int,
    count: int,
    step: int,
    codec: str,
    preset: str,
    still: int | None,
) -> ExitCode:
    """Render a page and print the progress, as ``Rendered 3/30``.

    Args:
        page: The HTML file.
        options: How it is shown.
        output: The video; with ``still`` the picture.
        start: The first frame.
        count: Number of frames.
        step: From one frame to the next.
        codec: Name of the codec; empty for the usual one of the output's suffix.
        preset: The preset that is taken instead: its name, its file, or its JSON; empty for none.
        still: The frame of which a picture is made, instead of a video.
    """
    try:
        source = PageSource(
            page,
            options.view,
            read_rate(options.fps),
            read_props(options.props),
            options.folder,
            options.hosts,
            options.forgiving,
            options.sound,
        )
        if still is not None:
            asyncio.run(stoppable(render_still(source, output, still, report_line)))
        elif read_pattern(output.name) is not None:
            check_pictures(output, codec)
            frames = range(start, start + count * step, step)
            asyncio.run(stoppable(render_pictures(source, output, frames, report_line, _progress)))
        else:
            chosen = _read_preset(preset)
            film = render_video(source, output, start, count, codec, report_line, _progress, step=step, preset=chosen)
            asyncio.run(stoppable(film))
    except HeliosError as error:
        return print_error(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


async def stoppable(work: Coroutine[Any, Any, None]) -> None:
    """Do the work; Ctrl-C, and SIGTERM, with which attempts are ended, end it with its browser and remove its files."""
    task = asyncio.ensure_future(work)
    with handle_interrupts(task.cancel, task.cancel):
        await task


def _read_preset(preset: str) -> Preset | None:
    if not preset:
        return None
    from helios_gui.media.presets import read_preset  # takes as long to load as all else before the browser starts

    return read_preset(preset, Path.cwd())


def read_props(text: str) -> object:
    """Return the JSON value of ``--props``: JSON itself, or the path of a JSON file.

    Raises:
        UserInputError: It is neither.
    """
    if not text:
        return None
    try:
        if text.lstrip()[:1] not in tuple('{["'):
            text = Path(text).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=text, reason=error.strerror or error),
            tr("Give --props a JSON file, or JSON in quotes."),
        ) from error
    except ValueError as error:
        raise UserInputError(
            tr("The props are no JSON: {error}.", error=mistake_in(error)),
            tr("Give --props a JSON file, or JSON in quotes."),
        ) from error


def report_line(line: str) -> None:
    """Print a line for the log: what a page prints and what goes wrong in it."""
    print(printable_line(line), file=sys.stderr, flush=True)


def _progress(done: int, total: int) -> None:
    print(f"Rendered {done}/{total}", flush=True)
