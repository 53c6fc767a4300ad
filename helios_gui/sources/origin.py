"""What a job was made of: kept in its job file, so that it can be changed later."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from helios_gui.sources.registry import find_kind, is_source
from helios_gui.sources.source import AnyKind, JobRequest
from helios_gui.types import JobSpec

KEY = "madeFrom"
"""The key in job files; what reads them and does not know it leaves it alone."""

_NOT_KEPT = ("job", "processors", "profile")


def with_origin(spec: JobSpec, request: JobRequest, job: Path) -> JobSpec:
    """Return the job with the request that it was made from.

    Args:
        spec: The planned job.
        request: What it was planned from.
        job: Its file; the source is named relative to its folder where it lies there.
    """
    values: dict[str, Any] = TypeAdapter(type(request)).dump_python(request, mode="json", exclude_defaults=True)
    kept = {name: value for name, value in values.items() if name not in _NOT_KEPT}
    kept["source"] = _below(request.source, job.parent)
    return spec.model_copy(update={KEY: kept})


def origin_of(spec: JobSpec, job: Path) -> tuple[AnyKind, JobRequest] | None:
    """Return the kind and the request that a job was made from; ``None`` if it was not, or the source is gone.

    Args:
        spec: The job.
        job: Its file. It reads the disk.
    """
    kept = (spec.model_extra or {}).get(KEY)
    if not isinstance(kept, dict) or not isinstance(kept.get("source"), str):
        return None
    source = job.parent / kept["source"]
    if not is_source(source) or not source.exists():
        return None
    kind = find_kind(source)
    known = {field.name for field in fields(kind.request_type)} - set(_NOT_KEPT)
    try:
        request: JobRequest = TypeAdapter(kind.request_type).validate_python(
            {name: value for name, value in kept.items() if name in known}
        )
    except ValidationError:
        return None
    return kind, replace(request, source=source, job=job)


def _below(path: Path, folder: Path) -> str:
    absolute = Path(os.path.normpath(path.absolute()))
    return absolute.relative_to(folder).as_posix() if absolute.is_relative_to(folder) else str(absolute)
