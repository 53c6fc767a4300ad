"""What a program that uses the executor alone is told while a job runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from helios_gui.orchestrator.attempts import ignore_chunk_lines
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import ChangeListener, LiveJob
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.types import Attempt, ChunkState


def _ignore_progress(completed: int, total: int) -> None:
    pass


def _ignore_chunk(chunk_id: int, output: Path) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ExecutionCallbacks:
    """Functions that are called on the event loop; they must not block.

    Attributes:
        on_progress: Called with the number of completed chunks and of all chunks, whenever the former changes.
        on_lines: Called with a chunk's id and new lines that its renderer printed, on standard output or standard
            error, in the order in which they were printed.
        on_chunk_completed: Called with the id and the verified output of a chunk that was rendered.
    """

    on_progress: Callable[[int, int], None] = _ignore_progress
    on_lines: Callable[[int, Sequence[str]], None] = ignore_chunk_lines
    on_chunk_completed: Callable[[int, Path], None] = _ignore_chunk


class CallbackListener:
    """Calls ``callbacks`` for what happens to the chunks of one job, and passes all changes on to ``listener``."""

    def __init__(self, callbacks: ExecutionCallbacks, listener: ChangeListener | None) -> None:
        self._callbacks = callbacks
        self._listener = listener or SilentListener()
        self._completed: set[LiveChunk] = set()

    def job_changed(self, job: LiveJob) -> None:
        """See ``ChangeListener``."""
        self._listener.job_changed(job)

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        """See ``ChangeListener``."""
        self._listener.chunk_changed(job, chunk, durable=durable)
        is_completed = chunk.state is ChunkState.COMPLETED
        if is_completed == (chunk in self._completed):
            return
        if is_completed:
            self._completed.add(chunk)
            if chunk.attempts:
                self._callbacks.on_chunk_completed(chunk.spec.id, job.output_of(chunk))
        else:
            self._completed.discard(chunk)
        self._callbacks.on_progress(len(self._completed), len(job.chunks))

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        """See ``ChangeListener``."""
        self._listener.attempt_changed(job, attempt)
