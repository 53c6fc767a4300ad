"""Read the chunks of a job file, in batches: a file of nothing but faulty chunks must not cost gigabytes of errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from helios_gui.jobfile.limits import MOST_PROBLEMS
from helios_gui.types import RenderChunk

_BATCH = 1000
_BATCHES: TypeAdapter[list[RenderChunk]] = TypeAdapter(list[RenderChunk])


@dataclass(slots=True)
class ChunksRead:
    """What became of a list of chunks.

    Attributes:
        chunks: The valid chunks, each with its index in the file.
        errors: What is wrong with the others; locations begin with the index.
        complete: Whether all are valid.
    """

    chunks: list[tuple[int, RenderChunk]] = field(default_factory=list)
    errors: list[ErrorDetails] = field(default_factory=list)
    complete: bool = True


def read_chunks(listed: Sequence[object]) -> ChunksRead:
    """Validate chunks; ends after the batch in which the number of problems has become too large."""
    read = ChunksRead()
    for start in range(0, len(listed), _BATCH):
        batch = listed[start : start + _BATCH]
        try:
            valid = _BATCHES.validate_python(batch, by_alias=True, by_name=False)
            read.chunks.extend(enumerate(valid, start))
        except ValidationError:
            read.complete = False
            _read_one_by_one(batch, start, read)
        if len(read.errors) > MOST_PROBLEMS:
            break
    return read


def _read_one_by_one(batch: Sequence[object], start: int, read: ChunksRead) -> None:
    for index, value in enumerate(batch, start):
        try:
            read.chunks.append((index, RenderChunk.model_validate(value, by_alias=True, by_name=False)))
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                read.errors.append({**detail, "loc": (index, *detail["loc"])})
