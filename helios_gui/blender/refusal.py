"""Why a scene cannot be rendered as it is wanted, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helios_gui.blender.run import newer_blender_needed
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, UserInputError

_NAMED = 5
"""Names that a sentence gives before it ends in an ellipsis."""


def refusal_error(blend: Path, said: Mapping[str, Any]) -> HeliosError:
    """Return the error for what ``resources/blender/render_frames.py`` says that it cannot do."""
    if "missing" in said:
        return HeliosError(
            sentence_about_missing(blend, said["missing"]),
            tr("Bring them there; or add --ignore-missing, to render without them."),
        )
    if "saved_by" in said:
        return newer_blender_needed(blend, said["saved_by"], said["here"])
    if "scene" in said:
        return no_scene(blend, said["scene"], said["names"])
    if "camera" in said:
        return no_camera(said["in_scene"], said["camera"], said["names"])
    return no_samples(said["engine"])


def no_scene(blend: Path, name: str, names: Sequence[str]) -> UserInputError:
    """Return the error for a scene that is not in the file."""
    return UserInputError(
        tr("{file} has no scene “{name}”.", file=blend.name, name=name),
        tr("It has: {names}.", names=", ".join(names)),
    )


def no_camera(scene: str, name: str, names: Sequence[str]) -> UserInputError:
    """Return the error for a camera that is not in the scene."""
    return UserInputError(
        tr("The scene “{scene}” has no camera “{camera}”.", scene=scene, camera=name),
        tr("It has: {names}.", names=", ".join(names)) if names else tr("Add one in Blender."),
    )


def no_engine(name: str, names: Sequence[str]) -> UserInputError:
    """Return the error for an engine that Blender does not have."""
    return UserInputError(
        tr("The Blender here has no engine {engine}.", engine=name), tr("It has: {names}.", names=", ".join(names))
    )


def no_samples(engine: str) -> UserInputError:
    """Return the error for samples with an engine that has no such number."""
    return UserInputError(
        tr("The engine {engine} has no samples to set.", engine=engine), tr("Cycles and EEVEE have them.")
    )


def sentence_about_missing(blend: Path, paths: Sequence[str]) -> str:
    """Say which files that a .blend needs are not there."""
    return tr_count(
        "{number} file that {name} needs is not there: {paths}.",
        "{number} files that {name} needs are not there: {paths}.",
        len(paths),
        name=blend.name,
        paths=first_names(paths),
    )


def first_names(names: Sequence[str]) -> str:
    """Return names for a sentence, cut where there are many."""
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
