"""Blender files for tests: small scenes, made by the Blender of this machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from helios_gui.blender.program import find_blender
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.types import UserInputError

FRAMES = 6

_HELPERS = """
import bpy, os

def save():
    if FILE:
        bpy.ops.wm.save_as_mainfile(filepath=FILE)

def nodes_of(name="Material"):
    material = bpy.data.materials[name]
    material.use_nodes = True
    return material.node_tree.nodes

def picture(path, size=4):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image = bpy.data.images.new(os.path.basename(path), size, size)
    image.filepath_raw, image.file_format = path, "PNG"
    image.save()
    bpy.data.images.remove(image)

def texture(path):
    node = nodes_of().new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(path)
    links = bpy.data.materials["Material"].node_tree.links
    links.new(node.outputs[0], nodes_of()["Principled BSDF"].inputs["Base Color"])
    return node
"""

_SCENE = f"""
bpy.ops.wm.read_factory_settings()
scene = bpy.context.scene
render = scene.render
render.engine = "CYCLES"
scene.cycles.samples = 1
scene.cycles.use_denoising = False
render.resolution_x, render.resolution_y, render.resolution_percentage = 128, 72, 50
render.image_settings.color_mode = "RGB"
scene.frame_start, scene.frame_end = 1, {FRAMES}
cube = bpy.data.objects["Cube"]
for frame, x in ((1, -2), ({FRAMES}, 2)):
    cube.location.x = x
    cube.keyframe_insert("location", frame=frame)
"""


def require_blender() -> Path:
    """Return the Blender of this machine; without one the test is skipped, except in CI, where that is a failure."""
    try:
        return find_blender()
    except UserInputError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def make_blends(scenes: Mapping[Path, str]) -> None:
    """Save scenes in which a cube goes from left to right: 64×36, 6 frames, Cycles with one sample.

    Args:
        scenes: Files, and Python that changes the scene before it is saved; it knows ``scene``, ``render``, ``cube``,
            ``FILE`` and the functions above. They are made one after the other, in one run of Blender.
    """
    program = require_blender()
    code = _HELPERS
    for path, script in scenes.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        code += f"\nFILE = {str(path)!r}\n{_SCENE}\n{script}\nsave()\n"
    arguments = ["-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "--python-expr", code]
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def make_blend(path: Path, script: str = "") -> Path:
    """Save one such scene."""
    make_blends({path: script})
    return path


def pixels(picture: Path, form: str = "rgba") -> bytes:
    """Return the pixels of a picture, row by row; ``form`` is a pixel format of FFmpeg."""
    command = [find_ffmpeg(), "-v", "error", "-i", picture, "-f", "rawvideo", "-pix_fmt", form, "-"]
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout


def sound(video: Path) -> bytes:
    """Return the sound of a video as 16-bit samples of one channel, 48,000 a second."""
    command = [find_ffmpeg(), "-v", "error", "-i", video, "-f", "s16le", "-ac", "1", "-ar", "48000", "-"]
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout
