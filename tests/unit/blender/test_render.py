"""Frames of a .blend, rendered by a real Blender."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import pytest

from helios_gui.blender.program import find_blender
from helios_gui.blender.render import BlendSource, quick_source, render_frames, render_still
from helios_gui.blender.run import run_blender
from helios_gui.blender.scene import read_scenes
from helios_gui.types import HeliosError, UserInputError
from tests.support.blends import make_blends, pixels
from tests.support.waiting import eventually

WITH_TEXTURES = """
folder = os.path.dirname(FILE)
for name in ("there.png", "gone.png"):
    picture(os.path.join(folder, "tex", name))
    texture(os.path.join(folder, "tex", name))
save()
bpy.ops.file.make_paths_relative()
"""

TWO_CAMERAS = """
second = bpy.data.objects.new("Second", bpy.data.cameras.new("Second"))
second.location, second.rotation_euler = (0, -9, 0), (1.5708, 0, 0)
scene.collection.objects.link(second)
scene.timeline_markers.new("", frame=1).camera = scene.camera
"""

AWKWARD = """
scene.name = "Haupt-Szene"
render.film_transparent = True
render.use_overwrite, render.use_placeholder = False, True
render.image_settings.file_format = "FFMPEG"
other = bpy.data.scenes.new("-other")
bpy.context.window.scene = other
"""


ODD = """
render.resolution_x, render.resolution_y, render.resolution_percentage = 100, 90, 100
render.use_border = render.use_crop_to_border = True
render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.1, 0.7, 0.3, 0.9
scene.cycles.samples, scene.view_layers[0].samples = 4, 1
"""


def compressed(data: bytes) -> bytes:
    """Return a Zstandard file of blocks that are not compressed, as RFC 8878 has them."""
    blocks = [data[place : place + 100_000] for place in range(0, len(data), 100_000)]
    heads = [(len(block) << 3 | (block is blocks[-1])).to_bytes(3, "little") for block in blocks]
    size = len(data).to_bytes(4, "little")
    return b"\x28\xb5\x2f\xfd\xa0" + size + b"".join(head + block for head, block in zip(heads, blocks, strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Blender files of all sorts."""
    root = tmp_path_factory.mktemp("blends")
    scripts = {"textures": WITH_TEXTURES, "cameras": TWO_CAMERAS, "awkward": AWKWARD, "odd": ODD}
    make_blends({root / f"{name}.blend": script for name, script in scripts.items()})
    (root / "tex" / "gone.png").unlink()
    return root


def quiet(line: str) -> None:
    """Listen to nothing."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_frames_of_chunks_are_those_of_one_run(moving: Path, tmp_path: Path) -> None:
    source = BlendSource(blend=moving)
    lines: list[str] = []
    await render_frames(source, tmp_path / "whole" / "####.png", range(1, 7), lines.append)
    assert [line for line in lines if line.startswith("Rendered")] == [f"Rendered {n}/6" for n in range(1, 7)]
    for start, count in ((3, 3), (1, 2), (6, 1)):
        await render_frames(source, tmp_path / "chunks" / "f_######.png", range(start, start + count), quiet)
    assert names(tmp_path / "whole") == [f"{n:04}.png" for n in range(1, 7)]
    assert names(tmp_path / "chunks") == [f"f_{n:06}.png" for n in range(1, 7)]
    whole = [pixels(tmp_path / "whole" / f"{n:04}.png") for n in range(1, 7)]
    assert whole == [pixels(tmp_path / "chunks" / f"f_{n:06}.png") for n in range(1, 7)]
    assert len(set(whole)) == 6
    assert len(whole[0]) == 64 * 36 * 4

    await render_frames(source, tmp_path / "stepped" / "####.png", range(2, 7, 2), quiet)
    assert names(tmp_path / "stepped") == ["0002.png", "0004.png", "0006.png"]
    assert [pixels(path) for path in sorted((tmp_path / "stepped").iterdir())] == whole[1::2]


async def test_the_scene_is_rendered_as_asked_whatever_it_says(folder: Path, tmp_path: Path) -> None:
    awkward = folder / "awkward.blend"
    picture = tmp_path / "0001.png"
    picture.write_text("left by an earlier run, and not to be kept")
    await render_frames(
        BlendSource(blend=awkward, scene="Haupt-Szene", color="RGBA"), tmp_path / "####.png", range(1, 2), quiet
    )
    alpha = pixels(picture)[3::4]
    assert {0, 255} <= set(alpha)
    for suffix in (".exr", ".tif"):
        await render_still(
            BlendSource(blend=awkward, scene="Haupt-Szene", width=20, height=10), tmp_path / f"still{suffix}", 2, quiet
        )
        assert len(pixels(tmp_path / f"still{suffix}")) == 20 * 10 * 4
    assert set(pixels(tmp_path / "still.tif")[3::4]) == {255}
    assert names(tmp_path) == ["0001.png", *(f"still{suffix}" for suffix in (".exr", ".tif"))]


async def test_a_chosen_camera_comes_before_the_markers(folder: Path, tmp_path: Path) -> None:
    cameras = folder / "cameras.blend"
    await render_still(BlendSource(blend=cameras), tmp_path / "first.png", 2, quiet)
    await render_still(BlendSource(blend=cameras, camera="Second"), tmp_path / "second.png", 2, quiet)
    assert pixels(tmp_path / "first.png") != pixels(tmp_path / "second.png")
    with pytest.raises(UserInputError, match="The scene “Scene” has no camera “Third”") as caught:
        await render_still(BlendSource(blend=cameras, camera="Third"), tmp_path / "third.png", 2, quiet)
    assert caught.value.hint == "It has: Camera, Second."
    with pytest.raises(HeliosError, match=r"Blender made 0 of 1 frame: .*engine"):
        await render_still(BlendSource(blend=cameras, engine="LUXCORE"), tmp_path / "third.png", 2, quiet)


async def test_a_border_has_the_pixels_that_the_job_says_and_samples_are_those_wanted(
    folder: Path, tmp_path: Path
) -> None:
    odd = folder / "odd.blend"
    (scene,) = (await read_scenes(odd, quiet)).scenes
    (tmp_path / "halves").mkdir()
    for name, source, size in (
        ("as it says.png", BlendSource(blend=odd), scene.size()),
        ("halves/half.png", BlendSource(blend=odd, percent=50, samples=2), scene.size(50)),
        ("wanted.png", BlendSource(blend=odd, width=31, height=17), (31, 17)),
        ("more.png", BlendSource(blend=odd, samples=4), scene.size()),
    ):
        await render_still(source, tmp_path / name, 2, quiet)
        assert len(pixels(tmp_path / name)) == size[0] * size[1] * 4, name
    assert pixels(tmp_path / "as it says.png") != pixels(tmp_path / "more.png"), "the view layer had one of its own"


async def test_a_compressed_file_of_a_newer_blender_is_refused_by_the_chunk_too(moving: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.blend"
    newer.write_bytes(compressed(moving.read_bytes().replace(b"BLENDER-v304", b"BLENDER-v399", 1)))
    with pytest.raises(UserInputError, match=r"newer\.blend was saved by Blender 3\.99"):
        await render_still(BlendSource(blend=newer), tmp_path / "x.png", 1, quiet)
    assert names(tmp_path) == ["newer.blend"]


async def test_missing_files_are_named_instead_of_rendered_pink(folder: Path, tmp_path: Path) -> None:
    source = BlendSource(blend=folder / "textures.blend")
    with pytest.raises(HeliosError, match=r"1 file that textures\.blend needs is not there: .*gone\.png\.") as caught:
        await render_frames(source, tmp_path / "####.png", range(1, 2), quiet)
    assert "--ignore-missing" in caught.value.hint
    assert names(tmp_path) == []
    forgiving = BlendSource(blend=folder / "textures.blend", forgiving=True)
    await render_frames(forgiving, tmp_path / "####.png", range(1, 2), quiet)
    assert names(tmp_path) == ["0001.png"]


@pytest.mark.parametrize("name", ["frame.png", "##_##.png", "####.gif", "####"])
async def test_names_that_cannot_be_are_refused(moving: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserInputError):
        await render_frames(BlendSource(blend=moving), tmp_path / name, range(1, 2), quiet)


def test_stills_are_small_and_quick(moving: Path) -> None:
    source = quick_source(BlendSource(blend=moving), 1920, 1080)
    assert (source.width, source.height, source.most_samples) == (960, 540, 32)
    source = quick_source(BlendSource(blend=moving, samples=4, percent=50), 100, 2000)
    assert (source.width, source.height, source.percent, source.samples) == (48, 960, None, 4)
    source = quick_source(BlendSource(blend=moving), 64, 36)
    assert (source.width, source.height) == (64, 36)


@pytest.mark.skipif(sys.platform == "win32", reason="a program that is a shell script")
async def test_a_blender_that_makes_nothing_has_failed(
    moving: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "blender"
    fake.write_text('#!/bin/sh\ncase "$1" in --version) echo Blender 4.2.0;; *) echo "Error: Out of memory";; esac\n')
    fake.chmod(0o755)
    monkeypatch.setenv("HELIOS_BLENDER", str(fake))
    with pytest.raises(HeliosError, match="Blender made 0 of 3 frames: Error: Out of memory"):
        await render_frames(BlendSource(blend=moving), tmp_path / "####.png", range(1, 4), quiet)
    fake.write_text('#!/bin/sh\ncase "$1" in --version) echo Blender 4.2.0;; *) kill -SEGV $$;; esac\n')
    with pytest.raises(HeliosError, match="signal 11"):
        await render_frames(BlendSource(blend=moving), tmp_path / "####.png", range(1, 4), quiet)


async def test_a_cancelled_run_ends_blender_and_leaves_whole_pictures_only(moving: Path, tmp_path: Path) -> None:
    source = BlendSource(blend=moving, width=1280, height=720, samples=64)
    lines: list[str] = []
    task = asyncio.ensure_future(render_frames(source, tmp_path / "####.png", range(1, 7), lines.append))
    await eventually(lambda: any("Fra:" in line for line in lines), "a line of progress")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(not name.startswith(".") for name in names(tmp_path))


async def test_what_blender_puts_aside_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blender removes its folder of temporary files only when it comes to its end by itself."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "import bpy, os; os.makedirs(bpy.app.tempdir, exist_ok=True); print('in', bpy.app.tempdir, flush=True)\n"
    code += "import time; time.sleep(600)"
    arguments = ["--factory-startup", "-noaudio", "--background", "--python-expr", code]
    said: list[str] = []
    running = asyncio.create_task(run_blender(find_blender(), arguments, said.append))
    await eventually(lambda: any(line.startswith("in ") for line in said), "Blender says where that is")
    folder = Path(next(line for line in said if line.startswith("in ")).removeprefix("in "))
    assert folder.is_relative_to(tmp_path)
    assert folder.is_dir()
    running.cancel()
    await asyncio.wait([running])
    assert list(tmp_path.iterdir()) == []
