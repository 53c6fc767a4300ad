"""``helios-gui new``: makes a job file of a source."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from pathlib import Path

from helios_gui.adapters.local.profile import usable_processors
from helios_gui.cli.output import ExitCode, print_error, print_text
from helios_gui.cli.rates import read_rate
from helios_gui.cli.web import read_props, report_line
from helios_gui.jobfile.command_line import join_command
from helios_gui.jobfile.plan_words import describe_plan
from helios_gui.profiles.store import ProfileStore
from helios_gui.queue_access import open_queue_reader
from helios_gui.sources.batch import BatchJob, has_props, make_batch
from helios_gui.sources.name_tokens import has_tokens
from helios_gui.sources.planned_job import PlannedJob, make_source_job
from helios_gui.sources.registry import find_kind, no_source, source_named, source_suffixes
from helios_gui.sources.rows import read_rows, value_of
from helios_gui.sources.source import AnyKind, JobRequest
from helios_gui.sources.wanted_frames import frames_wanted
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.format import format_duration, format_money
from helios_gui.web.encoding import Sound

_LONGEST_GROUP = 200
_LONGEST_SECONDS = 10_000_000
_NUMBER = re.compile(r"\s*\d{1,10}\s*")
_FIELDS = {
    "set": "props",
    "allow-host": "hosts",
    "ignore-page-errors": "forgiving",
}
"""Of requests, for the options of ``NewOptions.special`` that are not named like them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOptions:
    """The options of ``helios-gui new`` about the job, as typed; the names are those of the command line.

    Attributes:
        special: Those that not every kind of source has, without the dashes; ``None``, ``False`` and what is empty was
            not given.
    """

    source: Path
    job: Path | None
    frames: str
    duration: str
    fps: str
    width: int | None
    height: int | None
    output: str
    chunk_size: int | None
    force: bool
    rows: Path | None
    special: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """The options of ``helios-gui new --render`` that are those of ``helios-gui render``."""

    profile: str | None
    concurrency: int | None
    retries: int | None
    order: str
    overwrite: bool
    trust: bool
    as_json: bool


def make_job(options: NewOptions, rendering: RenderOptions, *, render: bool) -> ExitCode:
    """Make the job file of a source, say where it is, and with ``render`` render it."""
    try:
        if not render and rendering != _NO_RENDER_OPTIONS:
            raise UserInputError(
                tr("--profile, --concurrency, --retries, --order, --overwrite, --trust and --json are for rendering."),
                tr("Add --render."),
            )
        options = replace(options, source=source_named(options.source))
        kind = _kind(options.source)
        request = _request(kind, options, rendering.profile or "")
        if options.rows is not None:
            return make_rows(kind, request, options, rendering, render=render)
        job = asyncio.run(make_source_job(kind, request, report_line, force=options.force))
    except HeliosError as error:
        return print_error(error)
    except KeyboardInterrupt:
        print_text(tr("\nInterrupted. Nothing was written."), error=True)
        return ExitCode.INTERRUPTED
    _describe(job, error=rendering.as_json)
    if not render:
        command = join_command(["helios-gui", "render", str(job.path)])
        print_text(tr("Render it with: {command}", command=command))
        return ExitCode.DONE
    from helios_gui.cli.render.request import RenderRequest
    from helios_gui.cli.render.run import render_job

    return render_job(RenderRequest(job=job.path, **asdict(rendering)))


_NO_RENDER_OPTIONS = RenderOptions(
    profile=None, concurrency=None, retries=None, order="", overwrite=False, trust=False, as_json=False
)


def make_rows(
    kind: AnyKind, request: JobRequest, options: NewOptions, rendering: RenderOptions, *, render: bool
) -> ExitCode:
    """Make the job files of a table's rows, say where they are, and with ``render`` render one after the other.

    Raises:
        HeliosError: The table cannot be used, or a row cannot be rendered; nothing was written but stills.
    """
    assert options.rows is not None
    if not has_props(kind):
        raise _not_for("rows", "props", options)
    if options.job is not None and not options.job.is_dir():
        raise UserInputError(tr("There is no folder {folder}.", folder=options.job), tr("Give --save a folder."))
    if request.output and not has_tokens(request.output):
        raise UserInputError(
            tr("All rows would make {name}.", name=request.output), tr("Put {row} or a column into --output.")
        )
    rows = read_rows(options.rows)
    stills = (options.job or options.source.absolute().parent) / tr("{name} stills", name=options.source.stem)
    made = asyncio.run(
        make_batch(
            kind,
            request,
            rows,
            stills,
            report_line,
            lambda one: print_text(
                tr("Row {number}: {still}", number=one.row.number, still=one.still), error=rendering.as_json
            ),
            force=options.force,
        )
    )
    for one in made:
        _describe(one.job, error=rendering.as_json)
    return _render_rows(made, options.source, rendering) if render else ExitCode.DONE


def _render_rows(made: Sequence[BatchJob], source: Path, rendering: RenderOptions) -> ExitCode:
    """Render one after the other until one is interrupted, and say what came of all."""
    from helios_gui.cli.render.request import RenderRequest
    from helios_gui.cli.render.run import render_job

    codes, began = [], time.monotonic()
    for one in made:
        codes.append(
            render_job(RenderRequest(job=one.job.path, group=source.stem[:_LONGEST_GROUP], **asdict(rendering)))
        )
        if codes[-1] is ExitCode.INTERRUPTED:
            break
    cost = asyncio.run(_cost_of(made[: len(codes)]))
    text = tr(
        "{done} of {total} rows are rendered. They took {time}, and cost {cost}.",
        done=codes.count(ExitCode.DONE),
        total=len(made),
        time=format_duration(time.monotonic() - began),
        cost=format_money(cost),
    )
    print_text(text, error=rendering.as_json)
    for one, code in zip(made, codes, strict=False):
        if code is not ExitCode.DONE:
            command = join_command(["helios-gui", "render", str(one.job.path), "--resume"])
            print_text(
                tr("Row {number} again: {command}", number=one.row.number, command=command), error=rendering.as_json
            )
    return max(codes)


async def _cost_of(made: Sequence[BatchJob]) -> float:
    """Return what the newest renders of these jobs have cost, in US dollars."""
    cost = 0.0
    async with open_queue_reader() as reader:
        for one in made:
            found = await reader.find_last_render(one.job.path.resolve())
            cost += 0.0 if found is None else found.summary.cost
    return cost


def _describe(job: PlannedJob, *, error: bool) -> None:
    plan = describe_plan(job.spec)
    metadata = job.spec.metadata
    size = tr("{width} × {height} at {rate} frames/s", width=metadata.width, height=metadata.height, rate=metadata.rate)
    if job.is_there:
        text = tr("{path} is there already: {plan}, {size}.", path=job.path, plan=plan, size=size)
    else:
        text = tr("Wrote {path}: {plan}, {size}.", path=job.path, plan=plan, size=size)
    print_text(text, error=error)
    for note in job.notes:
        print_text(tr("Note: {note}", note=note), error=error)


def _kind(source: Path) -> AnyKind:
    try:
        return find_kind(source)
    except KeyError as error:
        raise no_source(source) from error


def _request(kind: AnyKind, options: NewOptions, profile: str) -> JobRequest:
    """Return the request with its texts read.

    Raises:
        UserInputError: One of them cannot be read, or the kind does not have one of the options.
    """
    if options.frames and options.duration:
        raise UserInputError(tr("--frames and --duration say the same."), tr("Leave out one of them."))
    frames = {"seconds": _seconds(options.duration)} if options.duration else read_frames(options.frames)
    request: JobRequest = kind.request_type(
        source=options.source,
        job=options.job,
        **frames,
        fps=read_rate(options.fps) if options.fps else None,
        width=options.width,
        height=options.height,
        output=options.output,
        profile=profile,
        chunk_size=options.chunk_size,
        processors=_processors(profile),
        **_special(kind, options),
    )
    values = options.special.get("set")
    if isinstance(values, tuple) and values and not has_props(kind):
        request = kind.with_values(request, [_pair(text) for text in values])
    return request


def _processors(profile: str) -> int:
    """Return how many processors automatic chunks are for: this machine's, or the chunks at a time of a cloud.

    Raises:
        NotFoundError: There is no such profile.
    """
    chosen = ProfileStore(AppFolders.default().profiles).get(profile) if profile else None
    return usable_processors() if chosen is None or not chosen.is_cloud else chosen.policy().concurrency


def _special(kind: AnyKind, options: NewOptions) -> dict[str, object]:
    """Return the fields that not every kind's request has."""
    given = {name: value for name, value in options.special.items() if value not in (None, False, "", ())}
    if not has_props(kind):
        given.pop("set", None)
    known = {field.name: field.default for field in fields(kind.request_type)}
    for name in given:
        if _field(name) not in known:
            raise _not_for(name, _field(name), options)
    special = {_field(name): value for name, value in given.items()}
    if "sound" in special and isinstance(known["sound"], bool):
        special["sound"] = special["sound"] is not Sound.OFF
    if "props" in special:
        special |= _props(given)
    return special


def _not_for(option: str, field: str, options: NewOptions) -> UserInputError:
    return UserInputError(
        tr("--{option} is not for {name}.", option=option, name=options.source.name),
        tr("It is for {suffixes}; leave it out.", suffixes=", ".join(_suffixes_with(field))),
    )


def _field(option: str) -> str:
    return _FIELDS.get(option, option.replace("-", "_"))


def _suffixes_with(field: str) -> list[str]:
    """Return the suffixes of the sources whose requests have a field."""
    kinds = {suffix: find_kind(Path(f"source{suffix}")) for suffix in source_suffixes()}
    return [suffix for suffix, kind in kinds.items() if field in {one.name for one in fields(kind.request_type)}]


def read_frames(text: str) -> dict[str, object]:
    """Return the fields of a request from a number of frames, ``A-B`` or a frame list; none where nothing is given.

    Raises:
        UserInputError: It is none of them.
    """
    if not text:
        return {}
    if _NUMBER.fullmatch(text):
        if int(text) < 1:
            raise UserInputError(
                tr("“{text}” are no frames to render.", text=text),
                tr("Give --frames their number, the first and the last one, or a list such as 1-20,40,60-90x2."),
            )
        return {"frames": int(text)}
    return frames_wanted(text)


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


def _props(given: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a page's request about its props."""
    text, values = str(given.get("props", "")), given.get("set", ())
    assert isinstance(values, tuple)
    names_file = bool(text) and text.lstrip()[:1] not in tuple('{["')
    return {
        "props": _with_values(read_props(text), values),
        "props_file": Path(text) if names_file and not values else None,
    }


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
        key, text = _pair(pair)
        merged[key] = value_of(text)
    return merged


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise UserInputError(tr("“{pair}” is no KEY=VALUE.", pair=text), tr("Give --set such as title=Hello."))
    return key, value
