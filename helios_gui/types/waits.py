"""What chunks wait for by the rules of a profile, and go on without a person when it is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class WaitKind(StrEnum):
    """What has to come: power from the socket, room on a disk, free memory, the end of a program, or a time."""

    POWER = "power"
    DISK = "disk"
    MEMORY = "memory"
    PROGRAM = "program"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class WaitReason:
    """Why no chunk is started now; ``reason`` is the sentence for a person."""

    kind: WaitKind
    reason: str


WaitCheck = Callable[[Path], WaitReason | None]
"""Returns why the chunks of a job in this folder have to wait now; ``None`` if they have not. Blocking."""
