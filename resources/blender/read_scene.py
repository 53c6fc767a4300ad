"""Runs inside Blender: writes what a .blend says about itself to a file, as JSON.

After ``--``: the file to write. It keeps to what Python 3.7 knows.
"""

import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bpy  # noqa: E402
from external_files import external_files, point_caches  # noqa: E402

_SIMULATION_NODES = {"GeometryNodeSimulationInput", "GeometryNodeSimulationOutput"}


def main(target):
    """Write the facts about all scenes of the file, and which of them it opens with."""
    facts = {
        "blender": list(bpy.app.version),
        "saved_by": list(bpy.data.version),
        "opened": bpy.context.scene.name,
        "scenes": [_scene(one) for one in bpy.data.scenes if one.library is None],
        "scripts": _scripts(),
        "unreadable": _unreadable(),
        "files": [
            {"what": what, "name": name, "written": written, "path": path, "there": os.path.exists(path)}
            for what, name, written, path in external_files()
        ],
    }
    with open(target, "w", encoding="utf-8") as file:
        json.dump(facts, file)


def _scene(scene):
    render, images = scene.render, scene.render.image_settings
    border = [render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y]
    return {
        "name": scene.name,
        "cameras": sorted(one.name for one in scene.objects if one.type == "CAMERA"),
        "camera": scene.camera.name if scene.camera is not None else None,
        "markers": sorted((one.frame, one.camera.name) for one in scene.timeline_markers if one.camera is not None),
        "start": scene.frame_start,
        "end": scene.frame_end,
        "step": scene.frame_step,
        "fps": render.fps,
        "fps_base": render.fps_base,
        "resolution": [render.resolution_x, render.resolution_y],
        "percent": render.resolution_percentage,
        "border": border if render.use_border else None,
        "cropped": render.use_crop_to_border,
        "pixel_aspect": [render.pixel_aspect_x, render.pixel_aspect_y],
        "engine": render.engine,
        "engines": _engines(render),
        "samples": _samples(scene),
        "time_limit": getattr(getattr(scene, "cycles", None), "time_limit", 0.0),
        "format": images.file_format,
        "color_mode": images.color_mode,
        "film_log": images.use_cineon_log,
        "exr_space": _exr_space(images),
        "display": (images if _has_own_colors(images) else scene).display_settings.display_device,
        "transparent": render.film_transparent,
        "stamp": render.use_stamp,
        "views": render.use_multiview,
        "view_transform": scene.view_settings.view_transform,
        "file_outputs": _file_outputs(scene),
        "sequencer": render.use_sequencer and any(not one.mute and one.type != "SOUND" for one in _strips(scene)),
        "sound": _has_sound(scene, set()),
        "simulations": _simulations(scene),
        "cannot_denoise": _cannot_denoise(scene),
    }


def _engines(render):
    """Return the names of all engines: only the error about a wrong one tells them."""
    try:
        render.engine = "?"
    except TypeError as error:
        return re.findall(r"'(\w+)'", str(error))
    return []


def _samples(scene):
    """Return the samples per pixel, by the engines that have such a number."""
    cycles, eevee = getattr(scene, "cycles", None), getattr(scene, "eevee", None)
    found = {"CYCLES": getattr(cycles, "samples", None), "BLENDER_EEVEE": getattr(eevee, "taa_render_samples", None)}
    return {name: number for name, number in found.items() if number is not None}


def _has_own_colors(images):
    return getattr(images, "color_management", "") == "OVERRIDE"


def _exr_space(images):
    if _has_own_colors(images):
        return images.linear_colorspace_settings.name
    return getattr(getattr(bpy.data, "colorspace", None), "working_space", "")  # Blender 5


def _has_sound(scene, seen):
    """Return whether there are sounds or speakers in a scene, or in one that is a strip of it."""
    seen.add(scene.name_full)
    if any(one.type == "SPEAKER" for one in scene.objects):
        return True
    for strip in _strips(scene):
        if strip.mute:
            continue
        inner = strip.scene if strip.type == "SCENE" else None
        if strip.type == "SOUND" or (inner and inner.name_full not in seen and _has_sound(inner, seen)):
            return True
    return False


def _strips(scene):
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(getattr(editor, "strips_all", None) or getattr(editor, "sequences_all", ()))


def _file_outputs(scene):
    # Blender 5 keeps a scene's compositor in a group of its own, and calls the folder of a node otherwise.
    tree = getattr(scene, "compositing_node_group", None) or getattr(scene, "node_tree", None)
    if tree is None or not scene.render.use_compositing or not getattr(scene, "use_nodes", True):
        return []
    nodes = [one for one in tree.nodes if one.bl_idname == "CompositorNodeOutputFile" and not one.mute]
    return [getattr(one, "base_path", None) or getattr(one, "directory", "") for one in nodes]


def _simulations(scene):
    """Return the names of objects whose simulation is not baked: a frame of it depends on the frames before."""
    names = {thing.name for thing in scene.objects for cache in point_caches(thing) if not _is_baked(cache)}
    world = scene.rigidbody_world
    if world is not None and world.enabled and world.point_cache is not None and not world.point_cache.is_baked:
        members = world.collection.objects if world.collection is not None else ()
        names |= {one.name for one in members if one.rigid_body is not None and one.rigid_body.type == "ACTIVE"}
    for thing in scene.objects:
        for modifier in thing.modifiers:
            group = getattr(modifier, "node_group", None)
            if modifier.type == "NODES" and group is not None and _has_simulation(group, set()):
                names.add(thing.name)
    return sorted(names)


def _is_baked(cache):
    return cache.is_baked or cache.use_external


def _has_simulation(tree, seen):
    if tree.name_full in seen:
        return False
    seen.add(tree.name_full)
    for node in tree.nodes:
        inner = getattr(node, "node_tree", None)
        if node.bl_idname in _SIMULATION_NODES or (inner is not None and _has_simulation(inner, seen)):
            return True
    return False


def _scripts():
    """Return the names of what needs Python that Blender does not run unasked.

    These are scripts, and what is driven by more than simple expressions.
    """
    names = {text.name for text in bpy.data.texts if text.use_module and text.library is None}
    for kind in dir(bpy.data):
        blocks = getattr(bpy.data, kind)
        if not isinstance(blocks, bpy.types.bpy_prop_collection):
            continue
        for block in blocks:
            for owner in (block, getattr(block, "node_tree", None), getattr(block, "shape_keys", None)):
                animation = getattr(owner, "animation_data", None)
                for curve in animation.drivers if animation is not None else ():
                    driver = curve.driver
                    if driver.type == "SCRIPTED" and not driver.is_simple_expression:
                        names.add(block.name)
    return sorted(names)


def _cannot_denoise(scene):
    """Return whether Cycles is to denoise, and this Blender was built without what does it: each frame would fail."""
    try:
        import _cycles
    except ImportError:
        return False
    can = getattr(_cycles, "with_openimagedenoise", True) or getattr(_cycles, "with_optix", False)
    return bool(getattr(getattr(scene, "cycles", None), "use_denoising", False)) and not can


def _unreadable():
    """Return formats of files in use that this Blender was built without."""
    options, formats = bpy.app.build_options, []
    for cache in bpy.data.cache_files:
        path = cache.filepath.lower()
        if path.endswith(".abc") and not options.alembic:
            formats.append("Alembic")
        elif path.endswith((".usd", ".usda", ".usdc", ".usdz")) and not options.usd:
            formats.append("USD")
    if len(getattr(bpy.data, "volumes", ())) and not options.openvdb:
        formats.append("OpenVDB")
    if any(one.type == "FLUID" for thing in bpy.data.objects for one in thing.modifiers) and not options.fluid:
        formats.append("Mantaflow")
    return sorted(set(formats))


main(*sys.argv[sys.argv.index("--") + 1 :])
