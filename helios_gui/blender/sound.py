"""The sound of a scene: its strips and speakers, mixed to one file by Blender."""

from __future__ import annotations

import asyncio
from pathlib import Path

from helios_gui.blender.run import OnLine, run_blender, script_path, usable_blender
from helios_gui.translation import tr
from helios_gui.types import HeliosError

SUFFIX = ".blend"


async def mix_sound(blend: Path, scene: str, last: int, wav: Path, on_line: OnLine) -> None:
    """Write a scene's sound to a WAV file, whose begin is the begin of frame 0.

    Args:
        blend: The file.
        scene: Name of the scene; empty for the one that the file opens with.
        last: The number of the last frame that is needed.
        wav: The file to write.
        on_line: Is called with each line that Blender prints.

    Raises:
        UserInputError: There is no Blender, or a newer one saved the file.
        HeliosError: Blender failed.
    """
    program = await usable_blender(blend)
    ended = await run_blender(program, _arguments(blend, scene, last, wav), on_line)
    if ended.code != 0 or not await asyncio.to_thread(wav.exists):
        raise HeliosError(tr("Blender cannot mix the sound of {name}: {reason}.", name=blend.name, reason=ended.reason))


def _arguments(blend: Path, scene: str, last: int, wav: Path) -> list[str]:
    arguments = ["--disable-autoexec", "-noaudio", "--background", str(blend.absolute())]
    if scene:
        arguments += ["--scene", scene]
    script = ["--python-exit-code", "1", "--python", script_path("mix_sound.py")]
    return [*arguments, *script, "--", str(wav.absolute()), str(last), scene]
