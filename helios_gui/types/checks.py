"""What came of looking at one part of a connection: a line for a person to read."""

from __future__ import annotations

from dataclasses import dataclass

from helios_gui.types.errors import HeliosError


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that was looked at.

    ``name`` says what, in a few words; a line of the same name replaces the one before it. ``ok`` is ``None`` while
    that is still being found out, where it cannot be, and where it is worth knowing but no fault. ``detail`` is what
    was found, ``advice`` what to do about it (empty when nothing needs doing). Neither ever holds a credential.
    """

    name: str
    ok: bool | None
    detail: str = ""
    advice: str = ""

    @classmethod
    def of_error(cls, name: str, error: HeliosError) -> CheckLine:
        """Return the line for a check that ended in an error."""
        return cls(name, False, str(error), error.hint)
