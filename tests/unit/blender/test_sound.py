"""The sound of a scene, mixed by a real Blender."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from helios_gui.blender.sound import mix_sound
from helios_gui.types import HeliosError
from tests.support.blends import make_blend, sound

TONE_AT_FRAME_3 = """
import wave
path = os.path.join(os.path.dirname(FILE), "tone.wav")
with wave.open(path, "wb") as file:
    file.setparams((1, 2, 48000, 0, "NONE", ""))
    file.writeframes(b"\\x00\\x40" * 4800)
scene.sequence_editor_create().sequences.new_sound("tone", path, 1, 3)
scene.frame_start = 2
"""


def quiet(line: str) -> None:
    """Listen to nothing."""


async def test_a_frames_number_is_its_time_in_the_sound(tmp_path: Path) -> None:
    blend, mixed = make_blend(tmp_path / "tone.blend", TONE_AT_FRAME_3), tmp_path / "mixed.wav"
    await mix_sound(blend, "Scene", 12, mixed, quiet)
    samples = array("h", sound(mixed))
    assert len(samples) >= 13 * 2000, "it ends before the frames that are wanted"
    assert not any(samples[: 3 * 2000])
    assert samples[3 * 2000] > 1000
    with pytest.raises(HeliosError, match=r"Blender cannot mix the sound of tone\.blend"):
        await mix_sound(blend, "Scene", 12, tmp_path / "no folder" / "mixed.wav", quiet)
