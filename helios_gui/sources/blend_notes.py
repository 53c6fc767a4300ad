"""What will not be as a Blender scene has it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from helios_gui.blender.refusal import first_names
from helios_gui.blender.render import FORMATS
from helios_gui.blender.scene import Scene
from helios_gui.jobfile.frame_list import parse_frame_list
from helios_gui.sources.wanted_frames import has_gaps
from helios_gui.translation import localized, tr, tr_count
from helios_gui.types.sequences import read_pattern

_DISPLAYS_OF_VIDEOS = frozenset({"sRGB", "Rec.1886", "Rec.709"})
"""Blender's displays whose colours players show as they are, when a video is tagged as BT.709."""


class RequestedPart(Protocol):
    """The part of a request that notes look at."""

    @property
    def camera(self) -> str:
        """Name of a camera, instead of those of the scene."""

    @property
    def step(self) -> int | None:
        """Every how many-th frame is rendered."""

    @property
    def frame_list(self) -> str:
        """The frames, instead of the scene's."""

    @property
    def output(self) -> str:
        """The video, or the pictures that are the result."""

    @property
    def fps(self) -> Fraction | None:
        """Frames per second of the video, instead of the scene's."""

    @property
    def engine(self) -> str:
        """Such as ``CYCLES``, instead of the scene's."""

    @property
    def denoise(self) -> bool | None:
        """Whether Cycles may denoise; ``None`` where this Blender can do it."""

    @property
    def sound(self) -> bool:
        """Whether the scene's sound comes into the video."""

    @property
    def scripts(self) -> bool:
        """Whether Python in the file runs."""


def notes_about(
    scene: Scene, folder: Path, suffix: str, wanted: RequestedPart, *, transparent: bool
) -> tuple[str, ...]:
    """Return sentences about what a job does otherwise than Blender would.

    Args:
        scene: What the .blend says.
        folder: The job's.
        suffix: Of the pictures.
        wanted: What a person wants of it.
        transparent: Whether transparency is kept.
    """
    return (
        *_about_pictures(scene, suffix, transparent=transparent),
        *_about_colours(scene, suffix, wanted),
        *_about_frames(scene, wanted),
        *_about_contents(scene, wanted),
        *_about_files(scene, folder),
    )


def has_sound(scene: Scene, wanted: RequestedPart) -> bool:
    """Return whether the video has the scene's sound: not where its frames are shown at other times."""
    if read_pattern(Path(wanted.output).name) is not None:
        return False
    is_timed = wanted.fps in (None, scene.fps)
    listed = parse_frame_list(wanted.frame_list) if wanted.frame_list else []
    is_whole = not has_gaps(listed) if listed else (wanted.step or scene.step) == 1
    return scene.sound and wanted.sound and is_timed and is_whole


def denoises(scene: Scene, wanted: RequestedPart) -> bool:
    """Return whether Cycles may denoise: not where that is not wanted, and by default not where it would fail."""
    return not scene.cannot_denoise if wanted.denoise is None else wanted.denoise


def _about_pictures(scene: Scene, suffix: str, *, transparent: bool) -> Iterator[str]:
    if FORMATS[suffix] != scene.format:
        yield tr(
            "The scene's output is {format}; here, frames are rendered to {suffix} pictures, which make the video.",
            format=scene.format,
            suffix=suffix,
        )
    if scene.transparent and not transparent:
        yield tr("The background of the scene is transparent; in the video it is black.")
    if scene.pixel_aspect[0] != scene.pixel_aspect[1]:
        x, y = scene.pixel_aspect
        yield tr("The scene's pixels are {x:g} : {y:g}; those of the video are square.", x=x, y=y)
    if scene.border is not None and not scene.cropped:
        yield tr("Only a part of each picture is rendered, as the scene's render region says; around it, it is empty.")
    if scene.stamp:
        yield tr("Metadata is burnt into the pictures, as the scene says.")


def _about_colours(scene: Scene, suffix: str, wanted: RequestedPart) -> Iterator[str]:
    if suffix == ".exr":
        yield tr("EXR pictures hold the scene's light without the view transform {name}.", name=scene.view_transform)
    elif scene.display not in _DISPLAYS_OF_VIDEOS and read_pattern(Path(wanted.output).name) is None:
        yield tr(
            "The scene's colours are made for a display of the kind {display}, and the video says that they are "
            "BT.709: players show other ones. Choose sRGB in Blender's color management.",
            display=scene.display,
        )


def _about_frames(scene: Scene, wanted: RequestedPart) -> Iterator[str]:
    step = wanted.step or scene.step
    if wanted.frame_list:
        if has_gaps(parse_frame_list(wanted.frame_list)) and read_pattern(Path(wanted.output).name) is None:
            yield tr(
                "The frames {frames} follow one another; those between them are left out.", frames=wanted.frame_list
            )
    elif step != 1:
        yield tr("Only one frame in {step} of the scene is rendered; the video shows each for one frame.", step=step)
    if scene.markers and wanted.camera:
        yield tr("{camera} sees all frames: the markers that change the camera are ignored.", camera=wanted.camera)
    if scene.simulations:
        yield tr(
            "The simulation of {names} is not baked: each frame depends on those before it, so that all are rendered "
            "in one chunk, one after the other. Bake it in Blender to render in several chunks.",
            names=first_names(scene.simulations),
        )


def _about_contents(scene: Scene, wanted: RequestedPart) -> Iterator[str]:
    if scene.sound and not has_sound(scene, wanted):
        yield tr("The scene has sound, which is not in the video.")
    if scene.file_outputs:
        yield tr(
            "Nodes of the compositor write files of their own to {folders}; they are no part of the job, and what "
            "they write on another machine stays there.",
            folders=first_names(scene.file_outputs),
        )
    if scene.cannot_denoise and not denoises(scene, wanted) and (wanted.engine or scene.engine) == "CYCLES":
        yield tr(
            "The Blender here was built without OpenImageDenoise: frames are not denoised, and are noisier than the "
            "scene says. Let workers that can do it denoise with --set denoise=yes."
        )
    if scene.time_limit > 0 and (wanted.engine or scene.engine) == "CYCLES":
        yield tr(
            "The scene gives Cycles {seconds} s for a frame: how much of it is rendered depends on the machine.",
            seconds=localized(f"{scene.time_limit:g}"),
        )
    if scene.scripts and not wanted.scripts:
        yield tr(
            "Python in {names} does not run, as it could do anything; what it drives stands still. Let it run with "
            "--set scripts=yes if you trust the file.",
            names=first_names(scene.scripts),
        )
    for name in scene.unreadable:
        yield tr("The Blender here was built without {name}: what the scene has of it is not in the video.", name=name)
    if scene.lost:
        yield tr("It is no longer in its library, and so not in the video: {names}.", names=first_names(scene.lost))


def _about_files(scene: Scene, folder: Path) -> Iterator[str]:
    there = {file.path: file for file in scene.files if file.there}
    outside = [path for path in there if not Path(path).is_relative_to(folder)]
    if outside:
        yield tr_count(
            "{number} file that it needs lies outside the job's folder and is not uploaded to a cloud: {paths}. Save "
            "the job file in a folder that holds all, with --save.",
            "{number} files that it needs lie outside the job's folder and are not uploaded to a cloud: {paths}. Save "
            "the job file in a folder that holds all, with --save.",
            len(outside),
            paths=first_names(outside),
        )
    fixed = [path for path, file in there.items() if path not in outside and not file.written.startswith("//")]
    if fixed:
        yield tr(
            "The .blend names {paths} with its place on this machine, which is another one elsewhere. Make it relative "
            "in Blender, with File > External Data > Make Paths Relative.",
            paths=first_names(fixed),
        )
