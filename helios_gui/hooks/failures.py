"""Why a hook could not be told."""

from __future__ import annotations

from helios_gui.types import HeliosError


class HookFailedError(HeliosError):
    """A hook could not be told."""


class TemporaryHookError(HookFailedError):
    """It may work a little later."""
