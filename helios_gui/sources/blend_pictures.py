"""The pictures that the frames of a Blender scene are rendered to, and which of them make no video."""

from __future__ import annotations

from pathlib import Path

from helios_gui.blender.render import FORMATS
from helios_gui.blender.scene import Scene
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.types.sequences import read_pattern

_USUAL = ".png"
_NEVER_GRAY = frozenset({".dpx", ".webp"})
_SPACE_OF_VIDEOS = frozenset({"", "Linear", "Linear Rec.709", "Linear BT.709", "Scene Linear"})
"""Names that Blender's versions have for linear light with the primaries of BT.709; empty where it says nothing."""


def picture_suffix(scene: Scene, output: str, wanted: str, *, transparent: bool) -> str:
    """Return the suffix of the pictures: that of the output or the wanted one, else the scene's, else that of PNG.

    Args:
        scene: What the .blend says.
        output: The video, or the pictures that are the result; empty for a video of the usual name.
        wanted: A suffix that was chosen, with or without its dot; empty for none.
        transparent: Whether transparency is kept.

    Raises:
        UserInputError: Blender does not render to those that are wanted, or no video is made of them.
    """
    is_video = read_pattern(Path(output).name) is None
    if not is_video and Path(output).suffix.lower() in FORMATS:
        suffix = Path(output).suffix.lower()
    elif wanted:
        suffix = f".{wanted.lower().lstrip('.')}"
        check_rendered_to(suffix)
    else:
        suffix = next((suffix for suffix, name in FORMATS.items() if name == scene.format), _USUAL)
        return _USUAL if _fault(scene, suffix, is_video=is_video, transparent=transparent) else suffix
    fault = _fault(scene, suffix, is_video=is_video, transparent=transparent)
    if fault is not None:
        raise fault
    return suffix


def check_rendered_to(suffix: str) -> None:
    """Check that Blender renders to pictures of a suffix.

    Raises:
        UserInputError: It does not.
    """
    if suffix not in FORMATS:
        raise UserInputError(
            tr("Blender does not render to {name} here.", name=suffix),
            tr("Give pictures one of these suffixes: {suffixes}.", suffixes=", ".join(FORMATS)),
        )


def _fault(scene: Scene, suffix: str, *, is_video: bool, transparent: bool) -> UserInputError | None:
    """Return why such pictures are not what is wanted; ``None`` if they are."""
    if suffix in _NEVER_GRAY and scene.color_mode == "BW" and not transparent:
        return UserInputError(
            tr("The scene's pictures are gray, and Blender writes no gray {suffix} pictures.", suffix=suffix),
            tr("Choose RGB in Blender's output properties, or other pictures, with --set pictures=png."),
        )
    if is_video and suffix == ".dpx" and scene.film_log:
        return UserInputError(
            tr("The scene's DPX pictures hold logarithmic values, as of scanned film: no video is made of them."),
            tr("Turn Log off in Blender's output properties, or choose other pictures, with --set pictures=png."),
        )
    if is_video and suffix == ".exr" and scene.exr_space not in _SPACE_OF_VIDEOS:
        return UserInputError(
            tr(
                "The scene's EXR pictures are in the colour space {name}: no video is made of them.",
                name=scene.exr_space,
            ),
            tr("Choose Linear in Blender's output properties, or other pictures, with --set pictures=png."),
        )
    return None
