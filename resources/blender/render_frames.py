"""Runs inside Blender, before ``-a``: sets how frames are rendered, and names them as the job does.

After ``--``: a JSON file with what ``helios_gui.blender.render`` says. It keeps to what Python 3.7 knows.
"""

import json
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bpy  # noqa: E402
from external_files import external_files  # noqa: E402

REFUSED = 70
"""Exit code: a file says what cannot be rendered as wanted. ``helios_gui.blender.refusal`` knows it."""


def main(file):
    """Prepare the scene; frames are written as parts and take their names when they are whole."""
    with open(file, encoding="utf-8") as opened:
        wanted = json.load(opened)
    scene = bpy.context.scene
    refusal = _refusal(scene, wanted)
    if refusal:
        with open(wanted["refusal"], "w", encoding="utf-8") as written:
            json.dump(refusal, written)
        sys.stdout.flush()
        os._exit(REFUSED)
    render = scene.render
    render.use_overwrite, render.use_placeholder, render.use_file_extension = True, False, True
    first, step, names = wanted["start"], wanted["step"], wanted["names"]
    own = scene.frame_start, scene.frame_end, scene.frame_step
    scene.frame_start, scene.frame_end, scene.frame_step = first, first + (len(names) - 1) * step, step
    render.filepath = wanted["parts"]
    if wanted["camera"]:
        _set_camera(scene, wanted["camera"])
    if wanted["percent"]:
        render.resolution_percentage = wanted["percent"]
    if wanted["samples"] or wanted["most_samples"]:
        _set_samples(scene, wanted["samples"], wanted["most_samples"])
    if not wanted["denoise"] and hasattr(scene, "cycles"):
        scene.cycles.use_denoising = False
    if wanted["width"]:
        _set_size(render, wanted["width"], wanted["height"])
    _set_format(render.image_settings, wanted["format"], wanted["color_mode"])
    done = []

    @bpy.app.handlers.persistent
    def begin(scene, *_):
        # Blender knows by now which frames it renders. What is driven by the scene's own range has to find that range.
        scene.frame_start, scene.frame_end, scene.frame_step = own

    @bpy.app.handlers.persistent
    def finish(scene, *_):
        number = (scene.frame_current - first) // step
        os.replace(scene.render.frame_path(frame=scene.frame_current), names[number])
        done.append(number)
        print(f"Rendered {len(done)}/{len(names)}", flush=True)

    bpy.app.handlers.render_init.append(begin)
    bpy.app.handlers.render_write.append(finish)


def _refusal(scene, wanted):
    """Return what is not as wanted, as JSON; ``None`` if all is."""
    saved_by, here = list(bpy.data.version[:2]), list(bpy.app.version[:2])
    if saved_by > here:  # of a compressed file, only Blender can say it
        return {"saved_by": saved_by, "here": here}
    if wanted["scene"] and scene.name != wanted["scene"]:
        return {"scene": wanted["scene"], "names": [one.name for one in bpy.data.scenes if one.library is None]}
    if wanted["camera"] and _camera(scene, wanted["camera"]) is None:
        cameras = sorted(one.name for one in scene.objects if one.type == "CAMERA")
        return {"camera": wanted["camera"], "in_scene": scene.name, "names": cameras}
    if wanted["samples"] and not _has_samples(scene.render.engine):
        return {"engine": scene.render.engine}
    if not wanted["forgiving"]:
        gone = sorted({path for _, _, _, path in external_files() if not os.path.exists(path)})
        if gone:
            return {"missing": gone}
    return None


def _camera(scene, name):
    return next((one for one in scene.objects if one.type == "CAMERA" and one.name == name), None)


def _set_camera(scene, name):
    scene.camera = _camera(scene, name)
    for marker in scene.timeline_markers:  # they would change it
        marker.camera = None


def _has_samples(engine):
    return engine == "CYCLES" or engine.startswith("BLENDER_EEVEE")


def _set_samples(scene, samples, most):
    if scene.render.engine == "CYCLES":
        scene.cycles.samples = _at_most(samples or scene.cycles.samples, most)
        for layer in scene.view_layers:  # its own number would come first
            layer.samples = 0 if samples else _at_most(layer.samples, most)
    elif _has_samples(scene.render.engine):
        scene.eevee.taa_render_samples = _at_most(samples or scene.eevee.taa_render_samples, most)


def _at_most(number, most):
    return min(number, most) if most else number


def _set_size(render, width, height):
    render.resolution_percentage = 100
    if not (render.use_border and render.use_crop_to_border):
        render.resolution_x, render.resolution_y = width, height
        return
    render.resolution_x = _whole(width, render.border_min_x, render.border_max_x)
    render.resolution_y = _whole(height, render.border_min_y, render.border_max_y)


def _whole(pixels, low, high):
    """Return the side of the whole picture of which a border takes so many pixels."""

    def taken(side):  # as Blender counts, with 32-bit numbers
        ends = struct.unpack("ff", struct.pack("ff", low * side, high * side))
        return int(ends[1]) - int(ends[0])

    near = round(pixels / ((high - low) or 1))
    return min(range(max(4, near - 9), near + 10), key=lambda side: (abs(taken(side) - pixels), abs(side - near)))


def _set_format(images, name, color_mode):
    if hasattr(images, "media_type"):  # Blender 5
        images.media_type = "IMAGE"
    images.file_format = name
    images.color_mode = color_mode


main(sys.argv[sys.argv.index("--") + 1])
