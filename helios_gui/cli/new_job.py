"""``helios-gui new``: makes a job file of a web page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from helios_gui.adapters.local.profile import usable_processors
from helios_gui.cli.output import ExitCode, print_error, print_text
from helios_gui.cli.plan import describe_plan
from helios_gui.cli.web import read_props, read_rate, report_line
from helios_gui.jobfile.command_line import join_command
from helios_gui.sources.page import PageKind, PageRequest
from helios_gui.sources.planned_job import PlannedJob, make_source_job
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError

_LONGEST_SECONDS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOptions:
    """The options of ``helios-gui new`` about the job, as typed; the names are those of the command line."""

    page: Path
    job: Path | None
    frames: int | None
    duration: str
    fps: str
    width: int | None
    height: int | None
    scale: float
    values: tuple[str, ...]
    props: str
    transparent: bool
    codec: str
    output: str
    chunk_size: int | None
    folder: Path | None
    hosts: tuple[str, ...]
    forgiving: bool
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """The options of ``helios-gui new --render`` that are those of ``helios-gui render``."""

    profile: str | None
    concurrency: int | None
    retries: int | None
    overwrite: bool
    trust: bool
    as_json: bool


def make_job(options: NewOptions, rendering: RenderOptions, *, render: bool) -> ExitCode:
    """Make the job file of a page, say where it is, and with ``render`` render it."""
    try:
        if not render and rendering != _NO_RENDER_OPTIONS:
            raise UserInputError(
                tr("--profile, --concurrency, --retries, --overwrite, --trust and --json are for rendering."),
                tr("Add --render."),
            )
        job = asyncio.run(make_source_job(PageKind(), _request(options), report_line, force=options.force))
    except HeliosError as error:
        return print_error(error)
    except KeyboardInterrupt:
        print_text(tr("\nInterrupted. Nothing was written."), error=True)
        return ExitCode.INTERRUPTED
    _describe(job, error=rendering.as_json)
    if not render:
        command = join_command(["helios-gui", "render", str(job.path)])
        print_text(tr("Render it with: {join_command}", join_command=command))
        return ExitCode.DONE
    from helios_gui.cli.render.request import RenderRequest
    from helios_gui.cli.render.run import render_job

    return render_job(RenderRequest(job=job.path, **asdict(rendering)))


_NO_RENDER_OPTIONS = RenderOptions(
    profile=None, concurrency=None, retries=None, overwrite=False, trust=False, as_json=False
)


def _describe(job: PlannedJob, *, error: bool) -> None:
    plan = describe_plan(job.spec)
    metadata = job.spec.metadata
    size = tr("{width} × {height} at {rate} frames/s", width=metadata.width, height=metadata.height, rate=metadata.rate)
    if job.is_there:
        text = tr("{path} is there already: {plan}, {size}.", path=job.path, plan=plan, size=size)
    else:
        text = tr("Wrote {path}: {plan}, {size}.", path=job.path, plan=plan, size=size)
    print_text(text, error=error)


def _request(options: NewOptions) -> PageRequest:
    """Return the request with its texts read.

    Raises:
        UserInputError: One of them cannot be read.
    """
    if options.frames is not None and options.duration:
        raise UserInputError(tr("--frames and --duration say the same."), tr("Leave out one of them."))
    props = read_props(options.props)
    names_file = bool(options.props) and options.props.lstrip()[:1] not in tuple('{["')
    return PageRequest(
        source=options.page,
        job=options.job,
        frames=options.frames,
        seconds=_seconds(options.duration),
        fps=read_rate(options.fps) if options.fps else None,
        width=options.width,
        height=options.height,
        scale=options.scale,
        props=_with_values(props, options.values),
        props_file=Path(options.props) if names_file and not options.values else None,
        transparent=options.transparent,
        codec=options.codec,
        output=options.output,
        chunk_size=options.chunk_size,
        processors=usable_processors(),
        folder=options.folder,
        hosts=options.hosts,
        forgiving=options.forgiving,
    )


def _seconds(text: str) -> Fraction | None:
    if not text:
        return None
    try:
        seconds = Fraction(text)
    except (ValueError, ZeroDivisionError):
        seconds = Fraction(0)
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise UserInputError(
            tr("“{text}” is no length of a video.", text=text), tr("Give --duration seconds, such as 10 or 2.5.")
        )
    return seconds


def _with_values(props: object, values: Sequence[str]) -> object:
    """Return the props with each ``KEY=VALUE`` in it."""
    if not values:
        return props
    if props is not None and not isinstance(props, dict):
        raise UserInputError(
            tr("--set needs props that are a JSON object."), tr("Correct --props, or leave out --set.")
        )
    merged = dict(props or {})
    for pair in values:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise UserInputError(tr("“{pair}” is no KEY=VALUE.", pair=pair), tr("Give --set such as title=Hello."))
        merged[key] = _value(text)
    return merged


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
