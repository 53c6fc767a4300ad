"""What a person may choose of a Blender file: its scene, camera, samples and percentage; and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from helios_gui.blender.refusal import no_camera, no_engine, no_samples
from helios_gui.blender.scene import BlendScenes, Scene
from helios_gui.sources.source import SourceField
from helios_gui.translation import tr
from helios_gui.types import UserInputError

MOST_PERCENT = 32_767
"""As in Blender."""

_MOST_SAMPLES = 2**24
"""As in Blender, for Cycles."""

_OF_THE_SCENE = (
    *("camera", "samples", "percent", "first_frame", "frames", "seconds", "frame_list"),
    *("fps", "width", "height"),
)
"""Fields of a request whose values belong to its scene."""


class Chosen(Protocol):
    """The part of a request that is checked here."""

    @property
    def camera(self) -> str:
        """Name of a camera, instead of those of the scene."""

    @property
    def engine(self) -> str:
        """Such as ``CYCLES``, instead of the scene's."""

    @property
    def samples(self) -> int | None:
        """Samples per pixel, instead of the scene's."""

    @property
    def percent(self) -> int | None:
        """By how much the scene's resolution is scaled."""

    @property
    def width(self) -> int | None:
        """Pixels."""

    @property
    def height(self) -> int | None:
        """Pixels."""


def own_fields(blend: BlendScenes, scene: Scene, samples: int | None, percent: int) -> Sequence[SourceField]:
    """Return what a person may choose of a scene.

    Args:
        blend: All scenes of the file.
        scene: The chosen one.
        samples: The usual ones per pixel; ``None`` of an engine without them.
        percent: By how much the resolution is usually scaled.
    """
    names = [one.name for one in blend.scenes]
    cameras = [(name, name) for name in scene.cameras]
    return (
        SourceField(
            name="scene",
            label=tr("Scene"),
            is_shown=len(names) > 1,
            options=tuple(("" if name == blend.opened.name else name, name) for name in names),
            resets=_OF_THE_SCENE,
        ),
        SourceField(
            name="camera",
            label=tr("Camera"),
            is_shown=len(cameras) > 1 or (bool(cameras) and not _has_camera(scene)),
            options=(("", _usual_camera(scene)), *cameras),
        ),
        SourceField(
            name="samples",
            label=tr("Samples"),
            is_shown=samples is not None,
            usual=samples or 1,
            most=_MOST_SAMPLES,
        ),
        SourceField(
            name="percent",
            label=tr("Scale"),
            usual=percent,
            most=MOST_PERCENT,
            suffix=tr(" %"),
            instead_of=("width", "height"),
        ),
    )


def check_scene(scene: Scene, chosen: Chosen) -> None:
    """Refuse what cannot be rendered as a video.

    Raises:
        UserInputError: There is no camera, there are several pictures of each frame, or choices do not fit together.
    """
    if chosen.camera and chosen.camera not in scene.cameras:
        raise no_camera(scene.name, chosen.camera, scene.cameras)
    if chosen.engine and scene.engines and chosen.engine not in scene.engines:
        raise no_engine(chosen.engine, scene.engines)
    if not (chosen.camera or _has_camera(scene) or scene.sequencer):
        raise UserInputError(
            tr("The scene “{scene}” has no camera to render with.", scene=scene.name), _way_to_a_camera(scene)
        )
    if scene.views:
        raise UserInputError(
            tr("The scene “{scene}” renders several views of each frame, for stereoscopy.", scene=scene.name),
            tr("Turn Stereoscopy off in Blender's output properties: one video has one view."),
        )
    if scene.end < scene.start:
        raise UserInputError(
            tr("The scene “{scene}” ends at frame {end}, before it starts.", scene=scene.name, end=scene.end),
            tr("Correct the frame range in Blender."),
        )
    if chosen.samples and scene.samples_with(chosen.engine) is None:
        raise no_samples(chosen.engine or scene.engine)
    if chosen.percent and (chosen.width or chosen.height):
        raise UserInputError(
            tr("A size and a percentage of the scene's size say the same."), tr("Leave out one of them.")
        )


def _has_camera(scene: Scene) -> bool:
    return bool(scene.camera or scene.markers)


def _usual_camera(scene: Scene) -> str:
    if scene.markers:
        return tr("As the markers say")
    return tr("{camera} (as in the scene)", camera=scene.camera) if scene.camera else tr("Choose one …")


def _way_to_a_camera(scene: Scene) -> str:
    if not scene.cameras:
        return tr("Choose one in Blender, with View > Cameras > Set Active Object as Camera.")
    return tr("It has: {names}. Choose one with --set camera.", names=", ".join(scene.cameras))
