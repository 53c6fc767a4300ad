"""JSON of others, such as the answer of a service: whatever it is, reading it ends in a value or in one error."""

from __future__ import annotations

import json
from typing import Any

from helios_gui.translation import tr


def read_json(text: bytes | str) -> Any:
    """Return the value of a JSON document.

    Raises:
        ValueError: It is none, or one that no program means: nested thousands of levels deep.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(tr("nested too deep")) from None


def read_json_object(text: bytes | str) -> dict[str, Any]:
    """Return the JSON object in a text; empty for anything else."""
    try:
        value = read_json(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
