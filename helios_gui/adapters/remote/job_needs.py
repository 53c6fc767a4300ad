"""What a page's or a Blender job needs: programs where it is sent, and its files among those that are uploaded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PureWindowsPath

from helios_gui import product
from helios_gui.jobfile.command_line import own_command_in, parse_command
from helios_gui.media.presets import read_preset
from helios_gui.translation import mark, tr
from helios_gui.types import JobSpec, UserInputError, WorkerCapabilities
from helios_gui.web.encoding import codec_of

_BLENDER = "blender"
_OF_ONE_SOURCE = ("web", "blend")
"""The commands of this program that render one file with what belongs to it."""
BROWSER_ADVICE = mark("Install a browser there, or deploy the image that packaging/worker builds: it has one.")


@dataclass(frozen=True, slots=True)
class JobNeeds:
    """What a job's commands start besides what every worker has: a browser, an encoder of ffmpeg, Blender."""

    browser: bool = False
    encoder: str = ""
    blender: bool = False

    def __bool__(self) -> bool:
        """Return whether there is anything to ask a worker for."""
        return self.browser or self.blender


def find_needs(spec: JobSpec) -> JobNeeds:
    """Return what a job needs. All its chunks are taken to be rendered alike, as far as their programs go."""
    for chunk in spec.chunks:
        if product.COMMAND not in chunk.command and _BLENDER not in chunk.command.lower():
            continue
        try:
            words = parse_command(chunk.command)
        except UserInputError:
            continue
        own = own_command_in(words)
        if own == "web":
            return JobNeeds(browser=True, encoder=_encoder_of(words, chunk.output_file))
        if own == "blend" or PureWindowsPath(words[0]).stem.lower() == _BLENDER:
            return JobNeeds(blender=True)
    return JobNeeds()


def refuse_outside(spec: JobSpec, job_dir: Path) -> None:
    """Refuse a page or a Blender file that is not uploaded: it, or what it is told to load, lies elsewhere.

    Raises:
        UserInputError: It would not be there.
    """
    root = os.path.realpath(job_dir)
    for chunk in spec.chunks[:1]:  # they differ in their frames
        try:
            words = parse_command(chunk.command)
        except UserInputError:
            return
        if own_command_in(words) not in _OF_ONE_SOURCE:
            return
        values = (word.partition("=")[2] if word.startswith("-") else word for word in words[2:])
        for path in (Path(value) for value in values if value != chunk.output_file and _may_lead_out(value)):
            if not Path(os.path.realpath(job_dir / path)).is_relative_to(root):
                raise UserInputError(
                    tr("{path} lies outside the job's folder {folder}, which is all that is uploaded.",
                       path=path, folder=job_dir),
                    tr("Make the job in a folder that contains it."),
                )  # fmt: skip


def _may_lead_out(value: str) -> bool:
    return "\0" not in value and (Path(value).is_absolute() or ".." in Path(value).parts)


def refuse_unmet_needs(needs: JobNeeds, found: WorkerCapabilities, worker: str) -> None:
    """Refuse a job that a worker cannot render.

    Args:
        needs: What the job needs.
        found: What the worker has.
        worker: What people know it by.

    Raises:
        UserInputError: Something is missing, or does not work.
    """
    if needs.browser and found.browser_problem:
        if not found.browser:
            raise UserInputError(
                tr("This job renders a web page, and {worker} has no browser.", worker=worker), tr(BROWSER_ADVICE)
            )
        raise UserInputError(
            tr(
                "This job renders a web page, and {worker} has a browser that does not work: {problem}",
                worker=worker,
                problem=found.browser_problem,
            )
        )
    if needs.encoder and needs.encoder not in found.encoders:
        raise UserInputError(
            tr(
                "This job is encoded with {encoder}, and {worker} has no ffmpeg that can do that.",
                encoder=needs.encoder,
                worker=worker,
            ),
            tr("Choose another codec, or install another ffmpeg there."),
        )
    if needs.blender and not found.blender:
        raise UserInputError(
            tr("This job is rendered with Blender, and {worker} has none.", worker=worker),
            tr("Install it there, or put it into the worker's image: packaging/worker/README.md says how."),
        )


def _encoder_of(words: tuple[str, ...], output: str) -> str:
    """Return the encoder of a page's chunk; empty where that is not clear, as for a still."""
    wanted = _value_of("--codec", words)
    named = _value_of("--preset", words)
    try:
        preset = read_preset(named) if named else None
        return codec_of(Path(output), wanted, preset, transparent="--transparent" in words).encoder
    except UserInputError:
        return ""


def _value_of(option: str, words: tuple[str, ...]) -> str:
    return next((word for name, word in pairwise(words) if name == option), "")
