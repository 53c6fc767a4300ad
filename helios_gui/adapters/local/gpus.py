"""One graphics card for each chunk that runs on this machine."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from helios_gui.translation import tr

MAX_GPUS = 64

_RANGE = re.compile(r"(\d+)\s*-\s*(\d+)")
_NAME = re.compile(r"\d+|[A-Za-z][\w:./-]*")

_VISIBLE = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
"""What programs for NVIDIA's and for AMD's cards look at before they choose one."""

_ORDER = ("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
"""So that the numbers are those of nvidia-smi, and not of the fastest card first."""


def read_gpus(value: object) -> object:
    """Return the names of graphics cards in a text such as ``0-2, GPU-5f1c``, or in a list that has numbers.

    Raises:
        ValueError: The text names none.
    """
    if isinstance(value, list):
        return [str(name) if type(name) is int else name for name in value]
    if not isinstance(value, str):
        return value
    names: list[str] = []
    for part in filter(None, (part.strip() for part in value.split(","))):
        if numbers := _RANGE.fullmatch(part):
            first, last = map(int, numbers.groups())
            if last < first or last - first >= MAX_GPUS:
                raise ValueError(tr("“{part}” is no range of numbers, such as 0-3", part=part))
            names += map(str, range(first, last + 1))
        elif _NAME.fullmatch(part):
            names.append(part)
        else:
            raise ValueError(tr("“{part}” names no GPU: write numbers, such as 0, 1 or 0-3", part=part))
    return names


def check_gpus(names: Sequence[str]) -> Sequence[str]:
    """Return the names if each is one, and named once. Raises ``ValueError``."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(tr("“{part}” names no GPU: write numbers, such as 0, 1 or 0-3", part=name))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(tr("GPU {name} is named twice", name=twice[0]))
    return names


_users: Counter[str] = Counter()
"""How many chunks of this process use each card: profiles may name the same ones."""


class GpuSlots:
    """The cards of a profile, each given to one chunk at a time; to several only where more run than there are."""

    def __init__(self, gpus: Sequence[str]) -> None:
        self._gpus = gpus

    @contextmanager
    def take(self) -> Iterator[str]:
        """Provide the card that the fewest chunks use, within the context; an empty name if there are no cards.

        Chunks of other profiles count, too.
        """
        gpu = min(self._gpus, key=lambda name: _users[name], default="")
        if not gpu:
            yield ""
            return
        _users[gpu] += 1
        try:
            yield gpu
        finally:
            _users[gpu] -= 1


def gpu_environment(gpu: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return ``environment`` with the variables that show a program this card only."""
    name, value = _ORDER
    order = {} if name in environment or name in os.environ else {name: value}
    return {**environment, **order, **dict.fromkeys(_VISIBLE, gpu)}
