"""``helios-gui transcode``: encodes frames of a video; the command of the chunks of a transcoded video."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from helios_gui.cli.output import ExitCode, print_error
from helios_gui.cli.rates import read_rate
from helios_gui.media.presets import read_preset
from helios_gui.transcode.render import Transcoding, transcode
from helios_gui.types import HeliosError
from helios_gui.utils.work_threads import Stop, WorkStoppedError


@dataclass(frozen=True, slots=True)
class TranscodeOptions:
    """How a video is encoded, as the command line says it; the names are those of the options."""

    preset: str
    fps: str
    width: int | None
    height: int | None


def transcode_video(
    video: Path, options: TranscodeOptions, output: Path, *, start: int, count: int, step: int
) -> ExitCode:
    """Encode frames of a video and print the progress, as ``Rendered 3/30``.

    Args:
        video: The video.
        options: How it is encoded.
        output: The file.
        start: The first frame.
        count: Number of frames.
        step: From one frame to the next.
    """
    try:
        rate: Fraction | None = read_rate(options.fps) if options.fps else None
        job = Transcoding(video, read_preset(options.preset, Path.cwd()), options.width, options.height, rate)
        with _stopped_by_signals() as stop:
            transcode(
                job,
                output,
                start,
                count,
                lambda done: print(f"Rendered {done}/{count}", flush=True),
                stop,
                step=step,
            )
    except HeliosError as error:
        return print_error(error)
    except WorkStoppedError:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


@contextmanager
def _stopped_by_signals() -> Iterator[Stop]:
    """Give a ``Stop`` that Ctrl-C, and SIGTERM with which attempts are ended, set."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
