"""The JSON keys of profiles, from their models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from helios_gui.adapters.base_profile import Profile
from helios_gui.translation import tr


@dataclass(frozen=True, slots=True)
class ProfileKey:
    """A key of a profile's JSON object: its type, such as ``text`` or ``number, 1 to 100``, and its default."""

    name: str
    type: str
    default: str


def profile_keys(model: type[Profile]) -> tuple[ProfileKey, ...]:
    """Return the keys of a kind's profiles, in the order of the model."""
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return tuple(
        ProfileKey(name, _type_of(part), tr("required") if name in required else json.dumps(part.get("default")))
        for name, part in schema["properties"].items()
    )


def _type_of(schema: dict[str, Any]) -> str:
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(_type_of(part) for part in schema["anyOf"])
    names = {
        "string": tr("text"),
        "integer": tr("whole number"),
        "number": tr("number"),
        "object": tr("object"),
        "array": tr("list"),
        "null": "null",
    }
    name = names.get(schema.get("type", ""), str(schema.get("type", "")))
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum")
    return name if low is None or high is None else f"{name} {low:.12g}–{high:.12g}"
