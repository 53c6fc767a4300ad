"""The seams of the engine: what the orchestrator needs, without knowing who provides it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal, Protocol, runtime_checkable

from helios_gui.types.errors import HeliosError
from helios_gui.types.job import JobSpec, RenderChunk
from helios_gui.types.options import ExecutionPolicy
from helios_gui.types.sequences import FrameSequence
from helios_gui.types.stitch import StitchOptions, StitchReport
from helios_gui.types.waits import WaitCheck
from helios_gui.types.worker import JobContext, UnconfirmedStops, WorkerJob, WorkerResult


def costs_nothing(seconds: float) -> float:
    """Return 0.0, the price of an attempt on this machine."""
    return 0.0


class WorkerAdapter(Protocol):
    """Runs attempts somewhere: on this machine, in a cloud."""

    async def prepare(self, context: JobContext) -> None:
        """Bring what the job needs to where its workers are; before its first attempt in a run of the app.

        Cheap when it is all there already. Raises ``HeliosError``.
        """
        ...

    async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
        """Remove what need not be kept of a job that has ended, or that was ``deleted`` from the queue.

        Raises ``HeliosError``.
        """
        ...

    async def execute(self, job: WorkerJob) -> WorkerResult:
        """Run one attempt to its end. A failed render is a result, not an exception.

        Cancelling the task stops the compute (the whole process tree) before the cancellation is passed on.
        """
        ...

    async def reclaim(self, attempt_ids: Collection[str]) -> int:
        """Stop what an earlier run of the app left behind for these attempts; how many things were stopped."""
        ...


@runtime_checkable
class RecoverableAdapter(Protocol):
    """An adapter that can tell whether what blocked its attempts has been fixed."""

    async def ready(self) -> HeliosError | None:
        """Return what still keeps attempts from being made, or ``None``; renders and stores nothing.

        Credentials are read anew from where they are kept, and used from then on if they are good.
        """
        ...


@runtime_checkable
class OffsiteAdapter(Protocol):
    """An adapter whose workers run in folders of their own, and not here: only outputs and logs come home.

    It makes the folder of a ``WorkerJob.output`` where that is missing, and puts nothing but the output there.
    """

    renders_offsite: Literal[True]


class PendingStop(Protocol):
    """The workers of one job that have to stop, followed until none of them can go on any more."""

    def unconfirmed(self) -> UnconfirmedStops:
        """Return those that have not confirmed their end, now."""
        ...

    async def follow(self, on_change: Callable[[], None]) -> UnconfirmedStops:
        """Wait for their ends, with a call of ``on_change`` for each; those that never confirmed it."""
        ...


@runtime_checkable
class SlowStopAdapter(Protocol):
    """An adapter whose workers may go on, and cost something, for a while after they were asked to stop."""

    def stopping(self, job_id: str) -> PendingStop:
        """Return the workers of a job at this moment. The job has ended: all of them have to stop."""
        ...


class VideoStitcher(Protocol):
    """Joins segments, in order, into one verified file."""

    async def stitch(
        self,
        segments: Sequence[Path],
        output: Path,
        options: StitchOptions = ...,
        on_progress: Callable[[float], None] = ...,
    ) -> StitchReport:
        """Join ``segments`` into ``output`` (which appears at once, complete). Raises ``StitchError``.

        ``on_progress`` is called on the event loop with a fraction of 0 to 1.
        """
        ...


@runtime_checkable
class FrameEncoder(Protocol):
    """A stitcher that also makes a video of image sequences."""

    async def encode_frames(
        self,
        sequences: Sequence[FrameSequence],
        output: Path,
        options: StitchOptions = ...,
        on_progress: Callable[[float], None] = ...,
    ) -> StitchReport:
        """Encode the frames, in order, into ``output``. Otherwise as ``VideoStitcher.stitch``."""
        ...


@runtime_checkable
class ParticularStitcher(Protocol):
    """A stitcher that cannot make files of every name, nor on every machine."""

    def check_programs(self, spec: JobSpec) -> None:
        """Return if all is there that it starts for a job, else raise ``UserInputError``. Blocking."""
        ...

    def check_name(self, output: PurePath) -> str | None:
        """Return what is wrong with the name of a file that is to be made; ``None`` if nothing is."""
        ...


class FrameVerifier(Protocol):
    """Checks one chunk's output file."""

    async def __call__(self, path: Path, chunk: RenderChunk) -> None:
        """Return if the file is there and, where it is media, has the chunk's frames; else ``VerificationError``."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerPool:
    """What a profile is to the engine: an adapter, its limits and its defaults.

    ``policy.concurrency`` bounds the chunks in flight over all jobs that use the profile, ``max_jobs`` the
    jobs running at a time. ``find_wait`` says why no chunk may be started now; ``None`` where one always may.
    ``environment`` is added to every chunk's. ``price_of`` says what an attempt of so many
    seconds costs, in US dollars.
    """

    name: str
    adapter: WorkerAdapter
    policy: ExecutionPolicy = field(default_factory=ExecutionPolicy)
    max_jobs: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)
    price_of: Callable[[float], float] = costs_nothing
    find_wait: WaitCheck | None = None
