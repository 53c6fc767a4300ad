"""What is done with the files that land in a watched folder, as data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from helios_gui.adapters.base_profile import NAME_LENGTH
from helios_gui.translation import tr

RESULTS, DONE, FAILED = "rendered", "done", "failed"
"""Folders in a watched folder: for the jobs that are made of sources, and for the files whose jobs have ended."""


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError(tr("{path} is no full path", path=path))
    return path


class WatchFolder(BaseModel):
    """A watched folder.

    Attributes:
        path: The folder itself; what is in folders below it is left alone.
        render: Whether jobs are rendered, if the folder is trusted; else they wait in the queue.
        profile: The name of a profile; the default one if it is empty.
        preset: For videos; the usual one if it is empty.
        move: Whether a file is moved to ``done`` or ``failed`` when its job has ended.
        enabled: Whether it is watched now.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[Path, AfterValidator(_absolute)]
    render: bool = False
    profile: Annotated[str, Field(max_length=NAME_LENGTH)] = ""
    preset: Annotated[str, Field(max_length=200)] = ""
    move: bool = True
    enabled: bool = True
