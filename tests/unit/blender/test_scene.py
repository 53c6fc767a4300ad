"""What a .blend says about itself, read by a real Blender."""

from __future__ import annotations

import gzip
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.blender.scene import Scene, read_scenes, scene_rate
from helios_gui.types import HeliosError, UserInputError
from tests.support.blends import make_blends

SAYS_ALL = """
other = bpy.data.scenes.new("Zweite Szene")
cameras = []
for name in ("Cam A", "Cam B"):
    cameras.append(bpy.data.objects.new(name, bpy.data.cameras.new(name)))
    other.collection.objects.link(cameras[-1])
for frame, camera in ((40, cameras[1]), (10, cameras[0])):
    other.timeline_markers.new("", frame=frame).camera = camera
other.frame_start, other.frame_end, other.frame_step = 10, 50, 3
r = other.render
r.fps, r.fps_base = 24, 1.001
r.resolution_x, r.resolution_y, r.resolution_percentage = 101, 57, 33
r.film_transparent, r.use_stamp, r.pixel_aspect_x = True, True, 2
r.image_settings.file_format = "FFMPEG"
other.use_nodes = True
node = other.node_tree.nodes.new("CompositorNodeOutputFile")
node.base_path = "//passes/"
images = r.image_settings
images.color_management, images.use_cineon_log = "OVERRIDE", True
images.linear_colorspace_settings.name, images.display_settings.display_device = "Linear ACEScg", "XYZ"
bpy.ops.object.speaker_add()
other.sequence_editor_create().sequences.new_scene("first", scene, 1, 1)
"""

CROPPED = """
render.use_border = render.use_crop_to_border = True
render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.25, 0.75, 0, 0.5
"""

NEEDS_FILES = """
folder = os.path.dirname(FILE)
for name in ("wood.png", "gone.png", "seq_0001.png", "seq_0002.png", "seq_0003.png", "udim.1001.png", "strip.png"):
    picture(os.path.join(folder, "tex", name))
texture(os.path.join(folder, "tex", "wood.png"))
texture(os.path.join(folder, "tex", "gone.png"))
node = texture(os.path.join(folder, "tex", "seq_0001.png"))
node.image.source = "SEQUENCE"
node.image_user.frame_duration = 3
node = texture(os.path.join(folder, "tex", "udim.1001.png"))
node.image.source = "TILED"
node.image.filepath = os.path.join(folder, "tex", "udim.<UDIM>.png")
node.image.tiles.new(1002)
packed = texture(os.path.join(folder, "tex", "strip.png"))
packed.image.name = "packed"
packed.image.pack()
with bpy.data.libraries.load(os.path.join(folder, "..", "library.blend"), link=True, relative=True) as (source, target):
    target.objects = ["Linked"]
scene.collection.objects.link(target.objects[0])
editor = scene.sequence_editor_create()
editor.sequences.new_image("strip", os.path.join(folder, "tex", "strip.png"), 1, 1)
import wave
with wave.open(os.path.join(folder, "tone.wav"), "wb") as file:
    file.setparams((1, 2, 8000, 0, "NONE", ""))
    file.writeframes(bytes(1600))
editor.sequences.new_sound("tone", os.path.join(folder, "tone.wav"), 2, 1)
ies = nodes_of().new("ShaderNodeTexIES")
ies.mode, ies.filepath = "EXTERNAL", "//lamp.ies"
save()
bpy.ops.file.make_paths_relative()
"""

LINKS_A_CHAIR = """
with bpy.data.libraries.load(os.path.join(os.path.dirname(FILE), "chairs.blend"), link=True, relative=True) as (_, to):
    to.objects = ["Chair"]
scene.collection.objects.link(to.objects[0])
"""

HAS_SCRIPTS = """
trace = os.path.join(os.path.dirname(FILE), "trace")
text = bpy.data.texts.new("rig.py")
text.write(f"open({trace!r}, 'w')")
text.use_module = True
cube.driver_add("scale", 0).driver.expression = "frame / 10"
cube.driver_add("scale", 1).driver.expression = f"[open({trace!r}, 'w'), 1][1]"
"""

SIMULATES = """
bpy.context.view_layer.objects.active = cube
bpy.ops.rigidbody.world_add()
bpy.ops.rigidbody.object_add()
bpy.ops.mesh.primitive_plane_add()
bpy.context.object.name = "Cloth"
bpy.context.object.modifiers.new("cloth", "CLOTH")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Blender files of all sorts."""
    root = tmp_path_factory.mktemp("blends")
    scripts = {
        "all": SAYS_ALL,
        "border": CROPPED,
        "library": "cube.name = cube.data.name = 'Linked'",
        "scene/files": NEEDS_FILES,
        "chairs": "cube.name = 'Chair'",
        "room": LINKS_A_CHAIR,
        "evil": HAS_SCRIPTS,
        "driven": 'cube.driver_add("scale", 0).driver.expression = "sin(frame)"',
        "falling": SIMULATES,
        "compressed": "bpy.ops.wm.save_as_mainfile(filepath=FILE, compress=True)\nFILE = None",
    }
    make_blends({root / f"{name}.blend": script for name, script in scripts.items()})
    make_blends({root / "chairs.blend": "cube.name = 'Table'"})
    return root


def quiet(line: str) -> None:
    """Listen to nothing."""


async def read_scene(path: Path, name: str = "") -> Scene:
    return (await read_scenes(path, quiet)).named(name, path)


def missing(scene: Scene) -> list[tuple[str, str]]:
    return [(file.what, Path(file.path).name) for file in scene.files if not file.there]


async def test_a_plain_scene(moving: Path) -> None:
    scene = await read_scene(moving)
    assert (scene.name, scene.scenes, scene.camera, scene.cameras) == ("Scene", ("Scene",), "Camera", ("Camera",))
    assert (scene.start, scene.end, scene.step, scene.fps) == (1, 6, 1, 24)
    assert scene.size() == (64, 36)  # 50 % of 128 × 72
    assert (scene.engine, scene.format, scene.color_mode) == ("CYCLES", "PNG", "RGB")
    assert {"CYCLES", "BLENDER_WORKBENCH"} <= set(scene.engines)
    assert scene.files == ()
    assert not any((scene.sound, scene.sequencer, scene.transparent, scene.film_log))
    assert (scene.exr_space, scene.display) == ("", "sRGB")
    assert scene.simulations == scene.scripts == scene.lost == ()


async def test_another_scene_with_all_that_can_be_said(folder: Path) -> None:
    path = folder / "all.blend"
    scene = await read_scene(path, "Zweite Szene")
    assert (scene.name, scene.scenes) == ("Zweite Szene", ("Scene", "Zweite Szene"))
    assert (scene.camera, scene.cameras) == (None, ("Cam A", "Cam B"))
    assert scene.markers == ((10, "Cam A"), (40, "Cam B"))
    assert (scene.start, scene.end, scene.step, scene.fps) == (10, 50, 3, Fraction(24000, 1001))
    assert scene.size() == (101 * 33 // 100, 57 * 33 // 100)
    assert (scene.transparent, scene.stamp, scene.pixel_aspect) == (True, True, (2, 1))
    assert (scene.format, scene.file_outputs) == ("FFMPEG", ("//passes/",))
    assert (scene.film_log, scene.exr_space, scene.display) == (True, "Linear ACEScg", "XYZ")
    assert scene.sound, "that of the scene which is a strip"
    with pytest.raises(UserInputError, match="has no scene “Dritte”") as caught:
        await read_scene(path, "Dritte")
    assert "Zweite Szene" in caught.value.hint


@pytest.mark.parametrize(
    ("fps", "base", "exact"),
    [
        (24, 1.0010000467300415, Fraction(24000, 1001)),
        (30, 1.0010000467300415, Fraction(30000, 1001)),
        (25, 1.0, Fraction(25)),
        (25, 2.0, Fraction(25, 2)),
    ],
)
def test_rates_are_exact(fps: int, base: float, exact: Fraction) -> None:
    assert scene_rate(fps, base) == exact


async def test_a_cropped_border_is_the_size_of_the_picture(folder: Path) -> None:
    path = folder / "border.blend"
    scene = await read_scene(path)
    assert (scene.size(), scene.size(100)) == ((32, 18), (64, 36))


async def test_every_sort_of_file_is_named_and_missing_ones_are_known(folder: Path) -> None:
    path = folder / "scene" / "files.blend"
    scene = await read_scene(path)
    assert missing(scene) == [("image", "udim.1002.png"), ("light", "lamp.ies")]
    assert {file.what for file in scene.files} == {"library", "image", "sound", "strip", "light"}
    assert all(file.written.startswith("//") for file in scene.files if file.what in {"library", "image"})
    assert scene.sound
    assert scene.sequencer

    for name in ("tex/gone.png", "tex/seq_0002.png", "tone.wav"):
        (path.parent / name).unlink()
    (folder / "library.blend").unlink()
    scene = await read_scene(path)
    assert {name for _, name in missing(scene)} == {
        *("gone.png", "seq_0002.png", "udim.1002.png", "lamp.ies", "tone.wav", "library.blend"),
    }


async def test_what_left_its_library_is_known(folder: Path) -> None:
    path = folder / "room.blend"
    (lost,) = (await read_scene(path)).lost
    assert "“Chair”" in lost
    assert "chairs.blend" in lost


async def test_python_in_a_file_does_not_run_while_it_is_read(folder: Path) -> None:
    path, trace = folder / "evil.blend", folder / "trace"
    trace.unlink(missing_ok=True)
    scene = await read_scene(path)
    assert not trace.exists()
    assert scene.scripts == ("Cube", "rig.py")


async def test_simple_drivers_need_no_permission(folder: Path) -> None:
    path = folder / "driven.blend"
    assert (await read_scene(path)).scripts == ()


async def test_simulations_that_are_not_baked_are_named(folder: Path) -> None:
    path = folder / "falling.blend"
    assert (await read_scene(path)).simulations == ("Cloth", "Cube")


async def test_compressed_files_are_read(tmp_path: Path, moving: Path, folder: Path) -> None:
    old = tmp_path / "old.blend"
    old.write_bytes(gzip.compress(moving.read_bytes()))
    assert (await read_scene(old)).end == 6
    new = folder / "compressed.blend"
    assert new.read_bytes().startswith(b"\x28\xb5\x2f\xfd")
    assert (await read_scene(new)).end == 6


async def test_files_that_cannot_be_read_are_refused_in_words(tmp_path: Path, moving: Path) -> None:
    newer = tmp_path / "newer.blend"
    newer.write_bytes(moving.read_bytes().replace(b"BLENDER-v304", b"BLENDER-v999", 1))
    with pytest.raises(UserInputError, match=r"newer\.blend was saved by Blender 9\.99"):
        await read_scene(newer)
    cut = tmp_path / "cut.blend"
    cut.write_bytes(moving.read_bytes()[:5000])
    with pytest.raises(HeliosError, match=r"Blender cannot read cut\.blend: .+\."):
        await read_scene(cut)
