"""Runs inside Blender, before ``-a``: sets how frames are rendered, and names them as the job does.

After ``--``: a JSON file with what ``helios_gui.blender.render`` says. It keeps to what Python 3.7 knows.
"""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bpy  # noqa: E402
from external_files import external_files  # noqa: E402

MISSING_FILES = 70
"""Exit code: files of the .blend are not there. ``helios_gui.blender.render`` knows it."""


def main(file):
    """Prepare the scene; frames are written as parts and take their names when they are whole."""
    with open(file, encoding="utf-8") as opened:
        wanted = json.load(opened)
    if not wanted["forgiving"]:
        _check_files(wanted["missing"])
    scene = bpy.context.scene
    if wanted["scene"] and scene.name != wanted["scene"]:
        raise ValueError("there is no scene {!r}".format(wanted["scene"]))
    render = scene.render
    render.use_overwrite, render.use_placeholder, render.use_file_extension = True, False, True
    first, step, names = wanted["start"], wanted["step"], wanted["names"]
    scene.frame_start, scene.frame_end, scene.frame_step = first, first + (len(names) - 1) * step, step
    render.filepath = wanted["parts"]
    if wanted["camera"]:
        _set_camera(scene, wanted["camera"])
    if wanted["samples"]:
        _set_samples(scene, wanted["samples"])
    if not wanted["denoise"] and hasattr(scene, "cycles"):
        scene.cycles.use_denoising = False
    if wanted["width"]:
        _set_size(render, wanted["width"], wanted["height"])
    _set_format(render.image_settings, wanted["format"], wanted["color_mode"])
    done = []

    @bpy.app.handlers.persistent
    def finish(scene, *_):
        number = (scene.frame_current - first) // step
        os.replace(scene.render.frame_path(frame=scene.frame_current), names[number])
        done.append(number)
        print(f"Rendered {len(done)}/{len(names)}", flush=True)

    bpy.app.handlers.render_write.append(finish)


def _check_files(report):
    gone = sorted({path for _, _, _, path in external_files() if not os.path.exists(path)})
    if gone:
        with open(report, "w", encoding="utf-8") as file:
            json.dump(gone, file)
        sys.stdout.flush()
        os._exit(MISSING_FILES)


def _set_camera(scene, name):
    camera = bpy.data.objects.get(name)
    if camera is None or camera.type != "CAMERA":
        raise ValueError(f"there is no camera {name!r}")
    scene.camera = camera
    for marker in scene.timeline_markers:  # they would change it
        marker.camera = None


def _set_samples(scene, samples):
    if scene.render.engine == "CYCLES":
        scene.cycles.samples = samples
    elif scene.render.engine.startswith("BLENDER_EEVEE"):
        scene.eevee.taa_render_samples = samples


def _set_size(render, width, height):
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    if render.use_crop_to_border:  # the size is the border's
        share_x = render.border_max_x - render.border_min_x
        share_y = render.border_max_y - render.border_min_y
        render.resolution_x, render.resolution_y = round(width / share_x), round(height / share_y)


def _set_format(images, name, color_mode):
    if hasattr(images, "media_type"):  # Blender 5
        images.media_type = "IMAGE"
    images.file_format = name
    images.color_mode = color_mode


main(sys.argv[sys.argv.index("--") + 1])
