"""Runs inside Blender: writes the sound of a scene to a WAV file, in which a frame's number tells its time.

After ``--``: the file, and the number of the last frame. It keeps to what Python 3.7 knows.
"""

import sys

sys.dont_write_bytecode = True

import bpy  # noqa: E402


def main(target, last):
    """Mix from frame 0 on, whatever the scene's first frame is."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 0, max(scene.frame_end, int(last))
    bpy.ops.sound.mixdown(filepath=target, check_existing=False, container="WAV", codec="PCM", format="S24")


main(*sys.argv[sys.argv.index("--") + 1 :])
