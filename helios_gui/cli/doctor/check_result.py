"""The result of a check of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The result of a check. What is ``MISSING`` is needed to render; a ``WARNING`` is about something optional."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of this machine: what was found, and what to do about it where something is wrong."""

    name: str
    status: CheckStatus
    detail: str
    hint: str = ""
