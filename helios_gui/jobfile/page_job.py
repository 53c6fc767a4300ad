"""Plan a job from a web page: what the page says about itself, and what a person wants otherwise."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path

from helios_gui import product
from helios_gui.jobfile.command_line import join_command
from helios_gui.jobfile.job_files import load_job, save_job
from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.translation import tr
from helios_gui.types import JobFileError, JobMetadata, JobSpec, UserInputError
from helios_gui.web.encoding import CODECS, check_size, choose_codec
from helios_gui.web.page import Composition, View
from helios_gui.web.render import PageSource, check_view, open_page

DEFAULT_WIDTH, DEFAULT_HEIGHT, DEFAULT_FPS = 1920, 1080, Fraction(30)
"""Of a page that does not say them, in pixels and frames per second."""

FEWEST_FRAMES, MOST_FRAMES, CHUNKS_PER_PROCESSOR = 30, 600, 2
"""Of the automatic chunks: frames in one, and chunks for each processor where there are enough frames.

A browser needs a second or two to start, so that smaller chunks cost more than they gain; a larger one takes long to
render again where it fails.
"""

_JOB_SUFFIX = product.SUFFIXES[0]
_LONGEST_PROPS = 20_000
"""Characters of props in a command: with the rest of it, Windows allows 32,767."""


class UnknownDurationError(UserInputError):
    """Neither the page nor the person says how long the video is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A page to be rendered; ``None`` and empty texts stand for what the page says, or the default.

    Attributes:
        page: The HTML file.
        job: The job file, in whose folder chunks and video are made; by default beside the page, named after it.
        frames: Number of frames.
        seconds: Length of the video, instead of ``frames``.
        fps: Frames per second.
        width: CSS pixels.
        height: CSS pixels.
        scale: Pixels of the video per CSS pixel.
        props: JSON value that the page finds in ``window.__HELIOS_PROPS__``.
        props_file: The file that holds all of ``props``, if one does; commands name it if it is in the job's folder.
        transparent: Whether a transparent background is kept.
        codec: A name in ``web.encoding.CODECS``.
        output: The video, relative to the job's folder.
        chunk_size: Frames per chunk.
        processors: How many processors the automatic chunk size reckons with.
        folder: What the page may load, instead of its own folder.
        hosts: Hosts that the page may reach besides.
        forgiving: Errors of the page are only reported.
    """

    page: Path
    job: Path | None = None
    frames: int | None = None
    seconds: Fraction | None = None
    fps: Fraction | None = None
    width: int | None = None
    height: int | None = None
    scale: float = 1.0
    props: object = None
    props_file: Path | None = None
    transparent: bool = False
    codec: str = ""
    output: str = ""
    chunk_size: int | None = None
    processors: int = 1
    folder: Path | None = None
    hosts: tuple[str, ...] = ()
    forgiving: bool = False


@dataclass(frozen=True, slots=True)
class PageJob:
    """A planned job and its file."""

    spec: JobSpec
    path: Path
    is_there: bool
    """Whether the file holds this job already."""


async def read_page(request: PageRequest, report: Callable[[str], None]) -> Composition:
    """Open the page once, and return what it says about itself.

    Args:
        request: The page and how it is shown.
        report: Is called with each line that the page prints.

    Raises:
        UserInputError: There is no such page, or no browser.
        HeliosError: The page does not load, or throws.
    """
    view = View(
        request.width or DEFAULT_WIDTH, request.height or DEFAULT_HEIGHT, request.scale, transparent=request.transparent
    )
    source = PageSource(
        request.page,
        view,
        request.fps or DEFAULT_FPS,
        request.props,
        request.folder,
        request.hosts,
        request.forgiving,
    )
    async with open_page(source, report) as page:
        return await page.composition()


def plan_page_job(request: PageRequest, said: Composition, *, numbered: bool = False, force: bool = False) -> PageJob:
    """Plan the job of a page. It reads the disk, and writes nothing.

    Args:
        request: What is wanted.
        said: What the page says about itself.
        numbered: Whether a job file that is there and holds another job is left alone by a number in the name.
        force: Whether such a file will be replaced.

    Raises:
        UnknownDurationError: It is not known how long the video is.
        UserInputError: Something asked for is not possible, or there is such a file.
    """
    wanted = _job_path(request)
    if not wanted.parent.is_dir():
        raise UserInputError(tr("There is no folder {folder}.", folder=wanted.parent), tr("Make it first."))
    if not os.access(wanted.parent, os.W_OK):
        raise UserInputError(
            tr("The folder {folder} cannot be written to, and the job is made there.", folder=wanted.parent),
            tr("Copy the page with its files to a folder of yours, or change the permissions."),
        )
    for number in count(1):
        path = wanted if number == 1 else _numbered(wanted, number)
        spec = _plan(request, said, path)
        if not os.path.lexists(path):
            return PageJob(spec, path, is_there=False)
        if _holds(path, spec):
            return PageJob(spec, path, is_there=True)
        if force:
            return PageJob(spec, path, is_there=False)
        if not numbered:
            break
    raise UserInputError(
        tr("{path} exists already, and is another job.", path=wanted),
        tr("Give another name, or replace it with --force."),
    )


def save_page_job(job: PageJob) -> None:
    """Write the job file where it is not there already.

    Raises:
        UserInputError: It cannot be written.
    """
    if not job.is_there:
        save_job(job.spec, job.path)


def _job_path(request: PageRequest) -> Path:
    wanted = request.page.with_name(request.page.stem + _JOB_SUFFIX) if request.job is None else request.job
    return Path(os.path.normpath(wanted.absolute()))


def _numbered(path: Path, number: int) -> Path:
    suffix = next((one for one in product.SUFFIXES if path.name.lower().endswith(one)), path.suffix)
    return path.with_name(f"{path.name[: len(path.name) - len(suffix)]} {number}{suffix}")


def _holds(path: Path, spec: JobSpec) -> bool:
    try:
        return path.read_bytes() == spec.to_json().encode("utf-8")
    except OSError:
        return False


def _plan(request: PageRequest, said: Composition, path: Path) -> JobSpec:
    fps = _rate(request, said)
    width, height = request.width or said.width or DEFAULT_WIDTH, request.height or said.height or DEFAULT_HEIGHT
    check_view(View(width, height, request.scale))
    pixels = round(width * request.scale), round(height * request.scale)
    total = _total(request, said, fps)
    output = request.output or _free_output(path, _default_suffix(request))
    codec = choose_codec(Path(output), request.codec, transparent=request.transparent)
    check_size(codec, *pixels)
    command = _command(request, path.parent, {"--fps": str(fps), "--width": str(width), "--height": str(height)})
    return plan_job(
        PlanRequest(
            command=command,
            fps=float(fps),
            width=pixels[0],
            height=pixels[1],
            total=total,
            chunk_size=request.chunk_size,
            chunk_count=None if request.chunk_size else _number_of_chunks(total, request.processors),
            input=_named(request.page, path.parent),
            chunk_output=f"{{name}}_part_{{index:04}}{Path(output).suffix}",
            output=output,
            name=file_stem(path.name),
            job_dir=path.parent,
        )
    )


def _rate(request: PageRequest, said: Composition) -> Fraction:
    if request.fps is None and not said.fps:
        return DEFAULT_FPS
    rate = request.fps if request.fps is not None else Fraction(said.fps or 0)
    if not 0 < rate <= 1000:
        raise UserInputError(
            tr("The page says that it has {rate} frames per second.", rate=float(rate)), tr("Give --fps.")
        )
    kept = JobMetadata(total_frames=1, fps=float(rate), width=1, height=1).rate
    if request.fps is not None and kept != request.fps:
        raise UserInputError(
            tr("A job file cannot hold {rate} frames per second exactly.", rate=request.fps),
            tr("Give --fps a number such as 30 or 24000/1001."),
        )
    return kept


def _total(request: PageRequest, said: Composition, fps: Fraction) -> int:
    if request.frames is not None:
        return request.frames
    seconds = request.seconds if request.seconds is not None else Fraction(said.duration or 0)
    if seconds <= 0:
        raise UnknownDurationError(
            tr("{name} does not say how long it is (window.helios has no duration).", name=request.page.name),
            tr("Give --duration in seconds, or --frames."),
        )
    return max(1, round(seconds * fps))


def _number_of_chunks(total: int, processors: int) -> int:
    wanted = max(CHUNKS_PER_PROCESSOR * processors, -(-total // MOST_FRAMES))
    return max(1, min(wanted, total // FEWEST_FRAMES))


def _default_suffix(request: PageRequest) -> str:
    if request.codec in CODECS:
        return CODECS[request.codec].suffixes[0]
    return ".mov" if request.transparent else ".mp4"


def _free_output(job: Path, suffix: str) -> str:
    """Return a name after the job's that is free, or the job file's own: a page may show a video of its name."""
    stem = file_stem(job.name)
    try:
        own = load_job(job).output_file
    except JobFileError:
        own = None
    for number in count(1):
        name = f"{stem}{suffix}" if number == 1 else f"{stem} {number}{suffix}"
        if name == own or not os.path.lexists(job.parent / name):
            return name
    raise AssertionError


def _command(request: PageRequest, job_dir: Path, values: Mapping[str, str]) -> str:
    """Return the template of the chunks' commands."""
    arguments = [*(part for pair in values.items() for part in pair)]
    if request.scale != 1:
        arguments += ["--scale", f"{request.scale:.15g}"]
    if request.props is not None:
        arguments.append(f"--props={_props(request, job_dir)}")
    if request.transparent:
        arguments.append("--transparent")
    if request.codec:
        arguments += ["--codec", request.codec]
    if request.folder is not None:
        arguments += ["--folder", _named(request.folder, job_dir)]
    arguments += [part for host in request.hosts for part in ("--allow-host", host)]
    if request.forgiving:
        arguments.append("--ignore-page-errors")
    literal = [argument.replace("{", "{{").replace("}", "}}") for argument in arguments]
    frames = ["-o", "{output}", "--start", "{start}", "--count", "{count}"]
    return join_command([product.COMMAND, "web", "{input}", *frames, *literal])


def _props(request: PageRequest, job_dir: Path) -> str:
    """Return the value of ``--props``: the file, if it goes with the job to a cloud, else the JSON itself."""
    if request.props_file is not None and request.props_file.absolute().is_relative_to(job_dir):
        return _named(request.props_file, job_dir)
    text = json.dumps(request.props, ensure_ascii=False, separators=(",", ":"))
    if len(text) > _LONGEST_PROPS:
        raise UserInputError(
            tr("The props have {number} characters, too many for a command.", number=len(text)),
            tr("Put them into a JSON file in the folder of the job, and name it with --props."),
        )
    return text


def _named(path: Path, job_dir: Path) -> str:
    """Return how a command in the job's folder names a file: relative where it is below, and never as an option."""
    absolute = Path(os.path.normpath(path.absolute()))
    if not absolute.is_relative_to(job_dir):
        return str(absolute)
    name = absolute.relative_to(job_dir).as_posix()
    return f"./{name}" if name.startswith(("-", "{", "[", '"')) else name


async def make_page_job(
    request: PageRequest, report: Callable[[str], None], *, numbered: bool = False, force: bool = False
) -> PageJob:
    """Read a page, plan its job and write the file. See ``read_page``, ``plan_page_job`` and ``save_page_job``."""
    said = await read_page(request, report)
    job = await asyncio.to_thread(plan_page_job, request, said, numbered=numbered, force=force)
    await asyncio.to_thread(save_page_job, job)
    return job
