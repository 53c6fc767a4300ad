"""What a .blend says about itself, as Blender reads it."""

from __future__ import annotations

import asyncio
import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from helios_gui.blender.refusal import no_scene
from helios_gui.blender.run import OnLine, check_saved_by, run_blender, script_path, usable_blender
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.utils.temporary_folders import temporary_folder

READ_ONLY = ("--factory-startup", "--disable-autoexec", "-noaudio", "--background")
"""Options of Blender with which it only reads: neither the person's add-ons nor Python in the file runs."""

_MISSING_BLOCK = re.compile(r"LIB: (\w+): '([^']*)' missing from '([^']*)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalFile:
    """A file that a .blend names.

    Attributes:
        what: The sort of data-block that needs it, such as ``image`` or ``library``.
        name: The data-block's name.
        written: The path in the .blend; those that start with ``//`` are relative to it.
        path: The absolute path.
        there: Whether there is such a file.
    """

    what: str
    name: str
    written: str
    path: str
    there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One scene of a .blend. Names are Blender's, in its file and in its API.

    Attributes:
        name: Of the scene.
        scenes: The names of all scenes in the file.
        cameras: Names of the cameras in this scene.
        camera: The one that is used, where there is one.
        markers: Frames and cameras of the markers that change the camera.
        start: First frame.
        end: Last frame, inclusive.
        step: Every how many-th frame is rendered.
        fps: Frames per second.
        resolution: Width and height in pixels, before they are scaled.
        percent: By how much they are scaled.
        border: The part of the picture that is rendered, as shares (left, right, bottom, top); ``None`` for all of it.
        cropped: Whether the picture is that part only; else it is empty around it.
        pixel_aspect: Width and height of a pixel.
        engine: Such as ``CYCLES``.
        engines: All that the Blender here has; none where that is not known.
        samples: Samples per pixel, by the engines that have such a number.
        time_limit: Seconds after which Cycles ends a frame, whatever it has rendered; 0 for never.
        format: Such as ``PNG`` or ``FFMPEG``.
        color_mode: ``BW``, ``RGB`` or ``RGBA``.
        film_log: Whether DPX pictures hold logarithmic values, as of scanned film.
        exr_space: The colour space of EXR pictures, such as ``Linear``; empty where Blender does not say.
        display: The sort of display that other pictures are for, such as ``sRGB``.
        transparent: Whether the background is.
        stamp: Whether metadata is burnt into pictures.
        views: Whether there are several pictures of a frame, for stereo.
        view_transform: Such as ``Filmic``.
        file_outputs: Folders in which nodes of the compositor write files of their own.
        sequencer: Whether pictures come from the video sequencer.
        sound: Whether there is something to hear, also in scenes that are strips of this one.
        simulations: Objects whose frames depend on the frames before, as their simulation is not baked.
        scripts: Texts and data-blocks with Python that does not run unasked.
        unreadable: Formats of files in use that this Blender was built without.
        cannot_denoise: Whether Cycles is to denoise, which this Blender was built without.
        files: All files that are needed besides.
        lost: Data-blocks that are no longer in the library that they are linked from, in words.
    """

    name: str
    scenes: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    camera: str | None = None
    markers: tuple[tuple[int, str], ...] = ()
    start: int
    end: int
    step: int = 1
    fps: Fraction
    resolution: tuple[int, int]
    percent: int = 100
    border: tuple[float, float, float, float] | None = None
    cropped: bool = False
    pixel_aspect: tuple[float, float] = (1.0, 1.0)
    engine: str = "CYCLES"
    engines: tuple[str, ...] = ()
    samples: Mapping[str, int] = field(default_factory=dict)
    time_limit: float = 0.0
    format: str = "PNG"
    color_mode: str = "RGBA"
    film_log: bool = False
    exr_space: str = ""
    display: str = "sRGB"
    transparent: bool = False
    stamp: bool = False
    views: bool = False
    view_transform: str = ""
    file_outputs: tuple[str, ...] = ()
    sequencer: bool = False
    sound: bool = False
    simulations: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    cannot_denoise: bool = False
    files: tuple[ExternalFile, ...] = ()
    lost: tuple[str, ...] = ()

    def size(self, percent: int | None = None) -> tuple[int, int]:
        """Return the pixels of a rendered picture; they are rounded down as Blender does it.

        Args:
            percent: By how much the resolution is scaled; by default as the scene says.
        """
        wide, high = (max(1, side * (percent or self.percent) // 100) for side in self.resolution)
        if self.border is None or not self.cropped:
            return wide, high
        left, right, bottom, top = self.border
        return _pixels(right, wide) - _pixels(left, wide), _pixels(top, high) - _pixels(bottom, high)

    def samples_with(self, engine: str = "") -> int | None:
        """Return the samples per pixel with an engine, by default the scene's; ``None`` if that has no such number."""
        return self.samples.get(plain_engine(engine or self.engine))


def plain_engine(name: str) -> str:
    """Return an engine's name as in ``Scene.samples``: EEVEE has had two of them."""
    return "BLENDER_EEVEE" if name.startswith("BLENDER_EEVEE") else name


def _pixels(share: float, side: int) -> int:
    """Return whole pixels as Blender counts them, with 32-bit numbers."""
    return int(struct.unpack("f", struct.pack("f", share * side))[0])


@dataclass(frozen=True, slots=True)
class BlendScenes:
    """The scenes of a .blend, and the one that it opens with."""

    opened: Scene
    scenes: tuple[Scene, ...]

    def named(self, name: str, blend: Path) -> Scene:
        """Return a scene.

        Args:
            name: The scene's; empty for the one that the file opens with.
            blend: The file, for the sentence about it.

        Raises:
            UserInputError: There is no such scene.
        """
        found = next((one for one in self.scenes if one.name == name), None) if name else self.opened
        if found is None:
            raise no_scene(blend, name, [one.name for one in self.scenes])
        return found


async def read_scenes(blend: Path, on_line: OnLine) -> BlendScenes:
    """Open a .blend in Blender, and return what its scenes say.

    Args:
        blend: The file.
        on_line: Is called with each line that Blender prints.

    Raises:
        UserInputError: There is no Blender or no such file, or a newer Blender saved the file.
        HeliosError: Blender cannot read it.
    """
    program = await usable_blender(blend)
    lost: dict[str, None] = {}

    def listen(line: str) -> None:
        if match := _MISSING_BLOCK.search(line):
            lost[tr("{kind} “{name}” of {library}", kind=match[1], name=match[2], library=match[3])] = None
        on_line(line)

    with temporary_folder("blend") as folder:
        answer = folder / "scene.json"
        ended = await run_blender(program, _arguments(blend, answer), listen)
        said = await asyncio.to_thread(_read, answer)
        if said is None:
            raise HeliosError(
                tr("Blender cannot read {name}: {reason}.", name=blend.name, reason=ended.reason.rstrip(".")),
                tr("Open it in {program} to see why.", program=program),
            )
    check_saved_by(blend, said["saved_by"], said["blender"])
    scenes = tuple(_scene(one, said, tuple(lost)) for one in said["scenes"])
    return BlendScenes(next((one for one in scenes if one.name == said["opened"]), scenes[0]), scenes)


def _arguments(blend: Path, answer: Path) -> list[str]:
    script = ["--python-exit-code", "1", "--python", script_path("read_scene.py"), "--", str(answer)]
    return [*READ_ONLY, str(blend.absolute()), *script]


def _read(answer: Path) -> Any:
    """Return what the script wrote; ``None`` if it did not come to that."""
    return json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else None


def _scene(one: Mapping[str, Any], said: Mapping[str, Any], lost: tuple[str, ...]) -> Scene:
    known = {each.name for each in fields(Scene)}
    values = {key: _frozen(value) for key, value in {**said, **one}.items() if key in known}
    values["fps"] = scene_rate(one["fps"], one["fps_base"])
    values["scenes"] = tuple(each["name"] for each in said["scenes"])
    values["files"] = tuple(ExternalFile(**each) for each in said["files"])
    return Scene(**{**values, "lost": lost})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def scene_rate(fps: int, base: float) -> Fraction:
    """Return frames per second from Blender's two numbers; ``base`` is a 32-bit number such as 1.00100004673."""
    return fps / Fraction(f"{base:.6g}")
