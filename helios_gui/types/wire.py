"""The cloud wire format: what an adapter sends a worker, what the worker answers, and what it leaves in storage.

The first two keys of a request and the keys of an answer are those of the TypeScript original, so its clients can
use our worker and our adapters its workers. All else is ours, and optional.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from helios_gui.types.worker import FailureKind, StallAction

CAPABILITIES_QUESTION = {"ask": "capabilities"}
"""The event that asks a function what it can render with; a server is asked in the query of ``/health``."""


_MOST = 2**63 - 1
"""What the journal's database can hold; workers may be anybody's, and say anything."""

_LONGEST_URL = 16_384
"""Characters; those that are signed have a few thousand."""

_Line = Annotated[str, Field(max_length=2_000)]
_Count = Annotated[int, Field(ge=0, le=_MOST)]
_ExitCode = Annotated[int, Field(ge=-(2**31), le=2**32 - 1)]
_Moment = Annotated[float, Field(ge=0, le=1e11)]


class _Wire(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        defer_build=True,
    )

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object: camelCase, absent keys left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class WorkerRequest(_Wire):
    """Render one chunk.

    ``chunk_index`` is the chunk's id, as in the original: its clients send that, and its workers look it up.
    ``job_path`` is the URL of the job spec; its ``assetsUrl`` that of the asset bundle's manifest. ``attempt_url``
    is the URL below which the attempt's ``output/<name>``, ``log.txt`` and ``result.json`` belong, and where a
    ``cancel`` object asks it to stop. ``time_limit`` is in seconds, counted from the arrival of the request;
    ``stall_action`` is what to do once the renderer has printed nothing and used no processor for ``stall_after``.
    """

    job_path: Annotated[str, Field(min_length=1, max_length=_LONGEST_URL)]
    chunk_index: Annotated[int, Field(ge=0)]
    attempt_id: str | None = None
    attempt_url: Annotated[str, Field(max_length=_LONGEST_URL)] | None = None
    time_limit: Annotated[float, Field(gt=0)] | None = None
    app_version: str | None = None
    stall_action: StallAction | None = None
    stall_after: Annotated[float, Field(gt=0)] | None = None


class WorkerCapabilities(_Wire):
    """What a worker can render with: the versions of its programs, empty for those that it lacks.

    ``browser`` is what web pages are rendered with, and ``browser_problem`` why that does not work, in words, where it
    does not. ``encoders`` are those of ffmpeg that web pages may ask for.
    """

    browser: _Line = ""
    browser_problem: _Line = ""
    ffmpeg: _Line = ""
    encoders: Annotated[tuple[_Line, ...], Field(max_length=10_000)] = ()
    blender: _Line = ""


class StoredOutput(_Wire):
    """A chunk's output in storage: its URL, size in bytes, SHA-256 (hexadecimal), and frames where it is media."""

    url: str
    size: _Count
    sha256: str
    frames: _Count | None = None


class AttemptResult(_Wire):
    """How an attempt ended: the body of ``result.json``, and of the answer where somebody still listens.

    Times are seconds since the epoch. ``frames_done`` is how far the renderer said it came; ``failure`` is absent
    on success; ``message`` says in words what went wrong. ``output`` and ``stderr`` are the original's: the last of
    what the renderer printed. ``whole_log`` says that ``output`` is all of it, so that nobody needs to fetch the log;
    ``cold_start`` that the worker had to be started for this request.
    """

    exit_code: _ExitCode | None
    output: str = ""
    stdout: str = ""
    stderr: str = ""
    attempt_id: str | None = None
    chunk_id: _Count | None = None
    failure: FailureKind | None = None
    message: str = ""
    frames_done: _Count = 0
    artifact: StoredOutput | None = None
    log_url: str | None = None
    whole_log: bool | None = None
    started_at: _Moment | None = None
    finished_at: _Moment | None = None
    worker_version: str | None = None
    cold_start: bool | None = None
