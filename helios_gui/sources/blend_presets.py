"""Presets of Blender files: what is rendered otherwise than the scene says."""

from __future__ import annotations

from pathlib import Path

from helios_gui.blender.scene import Scene
from helios_gui.media.presets import Preset, read_presets
from helios_gui.sources.encoders import ENCODERS
from helios_gui.sources.frame_presets import result_suffix
from helios_gui.sources.source import SourceFormat
from helios_gui.translation import tr
from helios_gui.types import UserInputError


def blend_preset(name: str, folder: Path) -> Preset:
    """Return the preset of a name.

    Args:
        name: The preset's.
        folder: That of the job, whose own presets go before others.

    Raises:
        UserInputError: There is none, its file is bad, or it is not for Blender files.
    """
    preset = read_presets(folder).get(name).preset
    if "blend" not in preset.kinds:
        raise UserInputError(
            tr("The preset {preset} is not for Blender files.", preset=preset.name), tr("Choose another one.")
        )
    return preset


def preset_formats() -> list[SourceFormat]:
    """Return the presets for Blender files that no codec is named like."""
    presets = [one for one in read_presets().of_kind("blend") if one.name not in ENCODERS]
    return [
        SourceFormat(one.name, one.title, result_suffix(one), {"codec": "", "preset": one.name, "transparent": None})
        for one in presets
    ]


def preset_samples(preset: Preset | None, scene: Scene, engine: str) -> int | None:
    """Return the samples per pixel with a preset, which are never more than the scene's; ``None`` as the scene says."""
    usual, most = scene.samples_with(engine), preset.blend.samples if preset else None
    return None if usual is None or most is None or most >= usual else most


def preset_percent(preset: Preset | None, scene: Scene) -> int | None:
    """Return by how much the resolution is scaled with a preset, as ``preset_samples`` does."""
    most = preset.blend.percent if preset else None
    return None if most is None or most >= scene.percent else most
