"""``--set KEY=VALUE`` of Blender files: the fields of a request that a person may set by name."""

from __future__ import annotations

from helios_gui.translation import tr
from helios_gui.types import UserInputError

_TEXTS = ("scene", "camera", "engine", "pictures")
_NUMBERS = ("samples", "percent", "step")
_SWITCHES = ("transparent", "sound", "scripts", "forgiving", "denoise")
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def read_value(key: str, text: str) -> tuple[str, str | int | bool]:
    """Return the field and its value.

    Raises:
        UserInputError: There is no such key, or the value is none for it.
    """
    if key in _TEXTS:
        return key, text
    if key in _NUMBERS and text.isascii() and text.isdigit() and 0 < int(text) < 2**31:
        return key, int(text)
    if key in _SWITCHES and text.lower() in (*_YES, *_NO):
        return key, text.lower() in _YES
    if key in _NUMBERS:
        raise UserInputError(
            tr("“{text}” is nothing to set {key} to.", text=text, key=key), tr("Give a number from 1 on.")
        )
    if key in _SWITCHES:
        raise UserInputError(tr("“{text}” is nothing to set {key} to.", text=text, key=key), tr("Give yes or no."))
    raise UserInputError(
        tr("A Blender file has nothing named “{key}” to set.", key=key),
        tr("It has: {names}.", names=", ".join((*_TEXTS, *_NUMBERS, *_SWITCHES))),
    )
