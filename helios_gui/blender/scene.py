"""What a .blend says about itself, as Blender reads it."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from helios_gui.blender.run import OnLine, check_saved_by, run_blender, script_path, usable_blender
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError

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
        width: Pixels of a rendered picture.
        height: Pixels of a rendered picture.
        pixel_aspect: Width and height of a pixel.
        engine: Such as ``CYCLES``.
        format: Such as ``PNG`` or ``FFMPEG``.
        color_mode: ``BW``, ``RGB`` or ``RGBA``.
        transparent: Whether the background is.
        stamp: Whether metadata is burnt into pictures.
        views: Whether there are several pictures of a frame, for stereo.
        view_transform: Such as ``Filmic``.
        file_outputs: Folders in which nodes of the compositor write files of their own.
        sequencer: Whether pictures come from the video sequencer.
        sound: Whether there is something to hear.
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
    width: int
    height: int
    pixel_aspect: tuple[float, float] = (1.0, 1.0)
    engine: str = "CYCLES"
    format: str = "PNG"
    color_mode: str = "RGBA"
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


async def read_scene(blend: Path, name: str, on_line: OnLine) -> Scene:
    """Open a .blend in Blender, and return what one of its scenes says.

    Args:
        blend: The file.
        name: The scene; empty for the one that the file opens with.
        on_line: Is called with each line that Blender prints.

    Raises:
        UserInputError: There is no Blender, no such file or no such scene, or a newer Blender saved the file.
        HeliosError: Blender cannot read it.
    """
    program = await usable_blender(blend)
    lost: dict[str, None] = {}

    def listen(line: str) -> None:
        if match := _MISSING_BLOCK.search(line):
            lost[tr("{kind} “{name}” of {library}", kind=match[1], name=match[2], library=match[3])] = None
        on_line(line)

    with tempfile.TemporaryDirectory(prefix="helios-blend-") as folder:
        answer = Path(folder) / "scene.json"
        ended = await run_blender(program, _arguments(blend, answer, name), listen)
        said = await asyncio.to_thread(_read, answer)
        if said is None:
            raise HeliosError(
                tr("Blender cannot read {name}: {reason}.", name=blend.name, reason=ended.reason.rstrip(".")),
                tr("Open it in {program} to see why.", program=program),
            )
    check_saved_by(blend, said["saved_by"], said["blender"])
    if said["scene"] is None:
        raise UserInputError(
            tr("{file} has no scene “{name}”.", file=blend.name, name=name),
            tr("It has: {names}.", names=", ".join(said["scenes"])),
        )
    return _scene(said, tuple(lost))


def _arguments(blend: Path, answer: Path, name: str) -> list[str]:
    script = ["--python-exit-code", "1", "--python", script_path("read_scene.py"), "--", str(answer), name]
    return [*READ_ONLY, str(blend.absolute()), *script]


def _read(answer: Path) -> Any:
    """Return what the script wrote; ``None`` if it did not come to that."""
    return json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else None


def _scene(said: Mapping[str, Any], lost: tuple[str, ...]) -> Scene:
    known = {one.name for one in fields(Scene)}
    values = {key: _frozen(value) for key, value in said["scene"].items() if key in known}
    values["fps"] = scene_rate(said["scene"]["fps"], said["scene"]["fps_base"])
    files = tuple(ExternalFile(**one) for one in said["files"])
    return Scene(**{**values, "scenes": tuple(said["scenes"]), "files": files, "lost": lost})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def scene_rate(fps: int, base: float) -> Fraction:
    """Return frames per second from Blender's two numbers; ``base`` is a 32-bit number such as 1.00100004673."""
    return fps / Fraction(f"{base:.6g}")
