"""Runs inside Blender: writes the sound of a scene to a WAV file, in which a frame's number tells its time.

After ``--``: the file, the number of the last frame, and the name of the scene (may be empty). It keeps to what Python
3.7 knows.
"""

import sys

sys.dont_write_bytecode = True

import bpy  # noqa: E402


def main(target, last, wanted):
    """Mix from frame 0 on, whatever the scene's first frame is."""
    scene = bpy.context.scene
    if wanted and scene.name != wanted:  # Blender would go on with the scene that the file opens with
        raise ValueError(f"there is no scene {wanted!r}")
    scene.frame_start, scene.frame_end = 0, max(scene.frame_end, int(last))
    if scene.render.image_settings.file_format == "FFMPEG":  # the loudness of Blender's own video
        scene.audio_volume *= scene.render.ffmpeg.audio_volume
    bpy.ops.sound.mixdown(filepath=target, check_existing=False, container="WAV", codec="PCM", format="S24")


main(*sys.argv[sys.argv.index("--") + 1 :])
