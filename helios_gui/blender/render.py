"""Render frames of a .blend to pictures that are named as a job's frames are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from helios_gui.blender.refusal import refusal_error
from helios_gui.blender.run import OnLine, run_blender, script_path, usable_blender
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, UserInputError
from helios_gui.types.sequences import frame_files, read_pattern
from helios_gui.utils.temporary_folders import temporary_folder

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".exr": "OPEN_EXR",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
    ".dpx": "DPX",
}
"""Suffixes of pictures, and what Blender calls their formats."""

COLORS = ("RGB", "RGBA", "BW")
"""What a picture holds: ``image_settings.color_mode`` of Blender."""

STILL_PIXELS, STILL_SAMPLES = 960, 32
"""Of a still: the longer side at most, and the samples per pixel of Cycles and EEVEE."""

_REFUSED = 70  # as in resources/blender/render_frames.py
_PROGRESS = "Rendered "
"""Begins the line that the script prints for each picture that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendSource:
    """A .blend, and how it is rendered; empty texts and ``None`` stand for what the scene says.

    Attributes:
        blend: The file.
        scene: Name of the scene.
        camera: Name of the camera, instead of the scene's and its markers'.
        engine: Such as ``CYCLES``.
        samples: Samples per pixel of Cycles and EEVEE.
        width: Pixels of a picture.
        height: Pixels of a picture; either both are given or none.
        percent: By how much the scene's resolution is scaled, instead of ``width`` and ``height``.
        most_samples: No more samples per pixel than these, whatever the scene says.
        color: One of ``COLORS``.
        scripts: Whether Python in the file runs.
        forgiving: Whether it is rendered although files are missing.
        denoise: Whether Cycles may denoise, as the scene says.
    """

    blend: Path
    scene: str = ""
    camera: str = ""
    engine: str = ""
    samples: int | None = None
    width: int | None = None
    height: int | None = None
    percent: int | None = None
    most_samples: int | None = None
    color: str = "RGB"
    scripts: bool = False
    forgiving: bool = False
    denoise: bool = True


async def render_frames(source: BlendSource, output: Path, frames: range, on_line: OnLine) -> None:
    """Render frames to pictures. A picture takes its name once it is whole.

    Args:
        source: What is rendered.
        output: The pictures; its name is a pattern (see ``types.sequences``).
        frames: The numbers of the scene's frames, which are those in the names of the pictures.
        on_line: Is called with each line that Blender prints.

    Raises:
        UserInputError: There is no Blender, or something asked for is not possible.
        HeliosError: Files of the scene are missing, or Blender failed.
    """
    if read_pattern(output.name) is None:
        raise UserInputError(
            tr("{name} does not say where the number of a frame goes.", name=output.name),
            tr("Give -o a name such as frames/####.png."),
        )
    await _render(source, frame_files(output, frames), frames, on_line)


async def render_still(source: BlendSource, picture: Path, frame: int, on_line: OnLine) -> None:
    """Render one frame to a picture, as ``render_frames`` does."""
    await _render(source, [picture], range(frame, frame + 1), on_line)


def quick_source(source: BlendSource, width: int, height: int) -> BlendSource:
    """Return a source whose pictures are rendered quickly.

    Args:
        source: What is rendered.
        width: Pixels of its pictures.
        height: Pixels of its pictures.
    """
    share = min(1.0, STILL_PIXELS / max(width, height))
    return replace(
        source,
        width=max(1, round(width * share)),
        height=max(1, round(height * share)),
        percent=None,
        most_samples=STILL_SAMPLES,
    )


async def _render(source: BlendSource, names: Sequence[Path], frames: range, on_line: OnLine) -> None:
    form = FORMATS.get(names[0].suffix.lower())
    if form is None:
        raise UserInputError(
            tr("Blender does not render to {name} here.", name=names[0].name),
            tr("Give pictures one of these suffixes: {suffixes}.", suffixes=", ".join(FORMATS)),
        )
    program = await usable_blender(source.blend)
    with ExitStack() as cleanup:
        try:
            told = _ScriptFiles(names[0].absolute().parent, cleanup)
            told.write(_wanted(source, names, frames, form, told))
        except OSError as error:
            raise HeliosError(
                tr(
                    "{folder} cannot be written to: {reason}.",
                    folder=names[0].absolute().parent,
                    reason=error.strerror or error,
                )
            ) from error
        made = 0

        def listen(line: str) -> None:
            nonlocal made
            made += line.startswith(_PROGRESS)
            on_line(line)

        ended = await run_blender(program, _arguments(source, told.wanted), listen)
        if ended.code == _REFUSED and (refusal := told.read_refusal()) is not None:
            raise refusal_error(source.blend, refusal)
    if ended.code != 0 or made < len(names):
        raise HeliosError(
            tr_count(
                "Blender made {made} of {number} frame: {reason}.",
                "Blender made {made} of {number} frames: {reason}.",
                len(names),
                made=made,
                reason=ended.reason.rstrip("."),
            )
        )


class _ScriptFiles:
    """The files through which a run of Blender and its script tell each other something; all are removed at the end.

    Attributes:
        parts: Frames that are being written, in the form that Blender takes, in the folder of the pictures.
        wanted: What the script is told.
        refusal: What it answers where it cannot render as wanted.
    """

    def __init__(self, folder: Path, cleanup: ExitStack) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        prefix = f".{uuid4().hex}-"
        self.parts = folder / f"{prefix}######"
        cleanup.callback(_remove, folder, prefix)
        notes = cleanup.enter_context(temporary_folder("blend"))
        self.wanted, self.refusal = notes / "wanted.json", notes / "refusal.json"

    def write(self, wanted: Mapping[str, object]) -> None:
        """Write what the script is told."""
        self.wanted.write_text(json.dumps(wanted), encoding="utf-8")

    def read_refusal(self) -> dict[str, Any] | None:
        """Return what the script says that it cannot do."""
        return dict(json.loads(self.refusal.read_text(encoding="utf-8"))) if self.refusal.exists() else None


def _remove(folder: Path, prefix: str) -> None:
    for left in folder.glob(f"{prefix}*"):
        left.unlink(missing_ok=True)


def _arguments(source: BlendSource, wanted: Path) -> list[str]:
    # The person's own settings stay: they hold the add-ons, and which graphics card Cycles uses.
    arguments = ["--enable-autoexec" if source.scripts else "--disable-autoexec", "-noaudio", "--background"]
    arguments.append(str(source.blend.absolute()))
    if source.scene:
        arguments += ["--scene", source.scene]
    if source.engine:
        arguments += ["--engine", source.engine]
    script = ["--python-exit-code", "1", "--python", script_path("render_frames.py")]
    return [*arguments, *script, "--render-anim", "--", str(wanted)]


def _wanted(
    source: BlendSource, names: Sequence[Path], frames: range, form: str, told: _ScriptFiles
) -> dict[str, object]:
    """Return what the script in Blender is told."""
    return {
        "scene": source.scene,
        "camera": source.camera,
        "samples": source.samples,
        "most_samples": source.most_samples,
        "percent": source.percent,
        "width": source.width,
        "height": source.height,
        "format": form,
        "color_mode": source.color,
        "start": frames.start,
        "step": frames.step,
        "names": [str(name.absolute()) for name in names],
        "parts": str(told.parts),
        "refusal": str(told.refusal),
        "forgiving": source.forgiving,
        "denoise": source.denoise,
    }
