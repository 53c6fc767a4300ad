"""Runs inside Blender: the files outside a .blend that its data-blocks name.

It keeps to what Python 3.7 knows, the Python of Blender 2.83.
"""

import os
import re

import bpy

_UDIM = "<UDIM>"
_LAST_NUMBER = re.compile(r"(\d+)(?=[^\d/\\]*$)")
_MOST_OF_A_SEQUENCE = 100_000


def external_files():
    """Yield each file as ``(what, name, written, path)``.

    ``what`` is the sort of data-block, ``name`` the data-block's, ``written`` the path as it is in the .blend, and
    ``path`` the absolute one.
    """
    for find in (
        _libraries,
        _images,
        _clips,
        _sounds,
        _fonts,
        _caches,
        _volumes,
        _scripts_of_nodes,
        _strips,
        _simulations,
    ):
        yield from find()


def _file(what, block, written, path=None):
    library = getattr(block, "library", None)
    return what, block.name, written, os.path.normpath(path or bpy.path.abspath(written, library=library))


def _libraries():
    for library in bpy.data.libraries:
        if library.packed_file is None:
            yield "library", library.name, library.filepath, os.path.normpath(bpy.path.abspath(library.filepath))


def _images():
    shown = _frames_of_image_sequences()
    for image in bpy.data.images:
        if image.source not in {"FILE", "SEQUENCE", "MOVIE", "TILED"} or image.packed_file is not None:
            continue
        if not image.filepath or (image.source == "TILED" and getattr(image, "packed_files", None)):
            continue
        first = _file("image", image, image.filepath)
        if image.source == "TILED":
            for tile in image.tiles:
                yield first[:3] + (first[3].replace(_UDIM, str(tile.number)),)
        elif image.source == "SEQUENCE" and image.name_full in shown:
            for number in sorted(shown[image.name_full]):
                yield first[:3] + (_of_sequence(first[3], number),)
        else:
            yield first


def _frames_of_image_sequences():
    """Return the numbers of the files that are shown, by the name of an image that is a sequence."""
    shown = {}
    for tree in _node_trees():
        for node in tree.nodes:
            image, user = getattr(node, "image", None), getattr(node, "image_user", None) or node
            if image is None or image.source != "SEQUENCE" or not hasattr(user, "frame_offset"):
                continue
            first = user.frame_offset + 1
            count = min(user.frame_duration, _MOST_OF_A_SEQUENCE)
            shown.setdefault(image.name_full, set()).update(range(first, first + count))
    return shown


def _of_sequence(path, number):
    folder, name = os.path.split(path)
    return os.path.join(folder, _LAST_NUMBER.sub(lambda found: str(number).zfill(len(found[1])), name))


def _node_trees():
    owners = (bpy.data.materials, bpy.data.worlds, bpy.data.lights, bpy.data.scenes, bpy.data.textures)
    for owner in owners:
        for block in owner:
            # Blender 5 keeps a scene's compositor in a group of its own.
            for tree in (getattr(block, "node_tree", None), getattr(block, "compositing_node_group", None)):
                if tree is not None:
                    yield tree
    yield from bpy.data.node_groups


def _clips():
    for clip in bpy.data.movieclips:
        if not clip.filepath:
            continue
        first = _file("movie clip", clip, clip.filepath)
        found = _LAST_NUMBER.search(os.path.basename(first[3]))
        if clip.source != "SEQUENCE" or found is None or not os.path.exists(first[3]):
            yield first
            continue
        number = int(found[1])
        for frame in range(min(max(1, clip.frame_duration), _MOST_OF_A_SEQUENCE)):
            yield first[:3] + (_of_sequence(first[3], number + frame),)


def _sounds():
    for sound in bpy.data.sounds:
        if sound.packed_file is None and sound.filepath:
            yield _file("sound", sound, sound.filepath)


def _fonts():
    for font in bpy.data.fonts:
        if font.packed_file is None and font.filepath not in {"", "<builtin>"}:
            yield _file("font", font, font.filepath)


def _caches():
    for cache in bpy.data.cache_files:
        if not getattr(cache, "is_sequence", False):
            yield _file("cache", cache, cache.filepath)
            continue
        first = _file("cache", cache, cache.filepath)
        for scene in bpy.data.scenes[:1]:
            for frame in range(scene.frame_start, scene.frame_end + 1)[:_MOST_OF_A_SEQUENCE]:
                yield first[:3] + (_of_sequence(first[3], frame),)


def _volumes():
    for volume in getattr(bpy.data, "volumes", ()):
        if volume.packed_file is not None or not volume.filepath:
            continue
        first = _file("volume", volume, volume.filepath)
        if not volume.is_sequence:
            yield first
            continue
        start = volume.frame_offset + 1
        for number in range(start, start + min(volume.frame_duration, _MOST_OF_A_SEQUENCE)):
            yield first[:3] + (_of_sequence(first[3], number),)


def _scripts_of_nodes():
    for tree in _node_trees():
        for node in tree.nodes:
            if node.bl_idname in {"ShaderNodeTexIES", "ShaderNodeScript"} and node.mode == "EXTERNAL" and node.filepath:
                what = "light" if node.bl_idname == "ShaderNodeTexIES" else "shader"
                path = bpy.path.abspath(node.filepath, library=tree.library)
                yield what, node.name, node.filepath, os.path.normpath(path)


def _strips():
    for scene in bpy.data.scenes:
        editor = scene.sequence_editor
        if editor is None:
            continue
        for strip in getattr(editor, "strips_all", None) or getattr(editor, "sequences_all", ()):
            if strip.mute:
                continue
            if strip.type == "IMAGE":
                for element in strip.elements:
                    written = os.path.join(strip.directory, element.filename)
                    path = bpy.path.abspath(written, library=scene.library)
                    yield "strip", strip.name, written, os.path.normpath(path)
            elif strip.type == "MOVIE" and strip.filepath:
                path = bpy.path.abspath(strip.filepath, library=scene.library)
                yield "strip", strip.name, strip.filepath, os.path.normpath(path)


def _simulations():
    for thing in bpy.data.objects:
        for modifier in thing.modifiers:
            settings = getattr(modifier, "domain_settings", None)
            if modifier.type == "FLUID" and settings is not None and settings.cache_directory:
                yield _file("simulation", thing, settings.cache_directory)
        for cache in point_caches(thing):
            if cache.use_external and cache.filepath:
                yield _file("simulation", thing, cache.filepath)
            elif cache.use_disk_cache and cache.is_baked and bpy.data.filepath:
                stem = os.path.splitext(os.path.basename(bpy.data.filepath))[0]
                yield _file("simulation", thing, "//blendcache_" + stem)


def point_caches(thing):
    """Yield the point caches of an object's simulations."""
    for modifier in thing.modifiers:
        if modifier.type in {"CLOTH", "SOFT_BODY"}:
            yield modifier.point_cache
        elif modifier.type == "DYNAMIC_PAINT" and modifier.canvas_settings is not None:
            for surface in modifier.canvas_settings.canvas_surfaces:
                yield surface.point_cache
    for system in thing.particle_systems:
        hair = system.settings.type == "HAIR"
        if not hair or system.use_hair_dynamics:
            yield system.point_cache
