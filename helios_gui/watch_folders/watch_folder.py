"""What is done with the files that land in a watched folder, as data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from helios_gui.adapters.base_profile import NAME_LENGTH
from helios_gui.translation import tr
from helios_gui.types.frame_rate import parse_rate, write_rate

RESULTS, DONE, FAILED = "rendered", "done", "failed"
"""Folders in a watched folder: for the jobs that are made of sources, and for the files whose jobs have ended."""


USUAL_MINUTES, MOST_MINUTES = 5.0, 24 * 60.0


def _rate(text: str) -> str:
    try:
        return write_rate(parse_rate(text)) if text else ""
    except ValueError:
        raise ValueError(tr("“{rate}” is no frame rate.", rate=text)) from None


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError(tr("{path} is no full path", path=path))
    return path


class WatchFolder(BaseModel):
    """A watched folder.

    Attributes:
        path: The folder itself; what is in folders below it is left alone, but for image sequences in those in it.
        render: Whether jobs are rendered, if the folder is trusted; else they wait in the queue.
        profile: The name of a profile; the default one if it is empty.
        preset: For videos and image sequences; the usual one if it is empty.
        move: Whether a file is moved to ``done`` or ``failed`` when its job has ended.
        sequences: Whether image sequences are taken.
        frames_minutes: For which a sequence has to stay the same after its last frame.
        fps: Frames per second of image sequences, as people write them; the usual rate if it is empty.
        enabled: Whether it is watched now.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[Path, AfterValidator(_absolute)]
    render: bool = False
    profile: Annotated[str, Field(max_length=NAME_LENGTH)] = ""
    preset: Annotated[str, Field(max_length=200)] = ""
    move: bool = True
    sequences: bool = False
    frames_minutes: Annotated[float, Field(gt=0, le=MOST_MINUTES)] = USUAL_MINUTES
    fps: Annotated[str, AfterValidator(_rate)] = ""
    enabled: bool = True
