"""One job for each row of a table: read, shown and planned before the first file is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from helios_gui import product
from helios_gui.sources.planned_job import PlannedJob, plan_source_job, save_planned_job
from helios_gui.sources.rows import Row
from helios_gui.sources.source import AnyKind, JobRequest, Report
from helios_gui.sources.wanted_frames import frame_at
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError


@dataclass(frozen=True, slots=True)
class BatchJob:
    """The job of a row, and the picture of its middle frame."""

    row: Row
    job: PlannedJob
    still: Path


async def make_batch(
    kind: AnyKind,
    request: JobRequest,
    rows: Sequence[Row],
    stills: Path,
    report: Report,
    on_row: Callable[[BatchJob], None],
    *,
    numbered: bool = False,
    force: bool = False,
) -> list[BatchJob]:
    """Plan a job for each row, render its middle frame, and write the job files once all rows are right.

    Args:
        kind: The source's kind, whose requests have ``props``.
        request: What is wanted of all rows; a row's values are added to its props.
        rows: The rows.
        stills: A folder for the pictures; it is made where needed.
        report: Is called with each line that the source prints.
        on_row: Is called with the job of each row, whose file is not written yet.
        numbered: Whether job files that are there and hold other jobs are left alone by numbers in the names.
        force: Whether job files that are there and hold other jobs are replaced.

    Raises:
        UserInputError: Something asked for is not possible, or two rows would make one video.
        HeliosError: The source cannot be rendered with the values of a row; the message names it.
    """
    await asyncio.to_thread(stills.mkdir, parents=True, exist_ok=True)
    made: list[BatchJob] = []
    digits = digits_of(rows)
    for row in rows:
        try:
            made.append(await _make(kind, request_of_row(request, row, digits), row, stills, report, numbered, force))
        except UserInputError as error:
            raise UserInputError(_in_row(row, error), error.hint) from error
        except HeliosError as error:
            raise HeliosError(_in_row(row, error), error.hint) from error
        on_row(made[-1])
    _refuse_same_outputs(made)
    for one in made:
        await asyncio.to_thread(save_planned_job, one.job)
    return made


async def _make(
    kind: AnyKind, request: JobRequest, row: Row, stills: Path, report: Report, numbered: bool, force: bool
) -> BatchJob:
    facts = await kind.read(request, report)
    job = await asyncio.to_thread(plan_source_job, kind, request, facts, numbered=numbered, force=force)
    still = stills / f"{job.path.name.removesuffix(product.SUFFIXES[0])}.png"
    await kind.still(request, facts, frame_at(job.spec, 1 / 2), still, report)
    return BatchJob(row, job, still)


def has_props(kind: AnyKind) -> bool:
    """Return whether the sources of a kind take values, so that a table can give them."""
    return "props" in {field.name for field in fields(kind.request_type)}


def digits_of(rows: Sequence[Row]) -> int:
    """Return how many digits the numbers of rows have in names."""
    return max(2, len(str(len(rows))))


def request_of_row(request: JobRequest, row: Row, digits: int) -> JobRequest:
    """Return the request of one row.

    Args:
        request: What is wanted of all rows.
        row: The row, whose values are added to the props.
        digits: Of its number in names.
    """
    number = f"{row.number:0{digits}}"
    base = request.source if request.job is None else request.job / request.source.name
    props: Any = getattr(request, "props", None)
    changes: dict[str, Any] = {"props": {**(props or {}), **row.values}, "props_file": None}
    return replace(
        request,
        job=base.with_name(f"{request.source.stem} {number}{product.SUFFIXES[0]}"),
        tokens={**row.tokens, "row": number},
        **changes,
    )


def _refuse_same_outputs(made: Sequence[BatchJob]) -> None:
    rows: dict[str, Row] = {}
    for one in made:
        output = (one.job.spec.output_file or "").casefold()
        other = rows.setdefault(output, one.row)
        if other is not one.row:
            raise UserInputError(
                tr(
                    "Rows {first} and {second} would both make {name}.",
                    first=other.number,
                    second=one.row.number,
                    name=one.job.spec.output_file,
                ),
                tr("Put {row} or a column that differs into --output."),
            )


def _in_row(row: Row, error: HeliosError) -> str:
    return tr("Row {number}: {error}", number=row.number, error=error)
