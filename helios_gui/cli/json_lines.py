"""A render as JSON lines, for programs. ``helios-gui render --help`` is their description."""

from __future__ import annotations

import time

from helios_gui.cli.output import ExitCode, say_json
from helios_gui.cli.reporting import Outcome
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate

_JOB_SECONDS = 0.5
_CHUNK_SECONDS = 1.0


class JsonReporter:
    """Prints every change of state at once, and progress now and then."""

    def __init__(self) -> None:
        self._state: JobState | None = None
        self._job_said_at = 0.0
        self._chunks_said_at: dict[int, float] = {}

    def estimate(self, estimate: CostEstimate) -> None:
        """See ``Reporter``."""
        pace = estimate.seconds_per_frame
        say_json(
            {
                "event": "estimate",
                "profile": estimate.profile,
                "low": _rounded(estimate.low, 4),
                "high": _rounded(estimate.high, 4),
                "basis": estimate.basis,
                "secondsPerFrame": None if pace is None else [_rounded(end, 4) for end in pace],
                "chunks": estimate.chunks,
                "frames": estimate.frames,
                "spendLimit": estimate.spend_limit,
                "warning": estimate.warning,
            }
        )

    def begin(self, status: JobStatus) -> None:
        """See ``Reporter``."""
        summary = status.summary
        names = {"id": summary.id, "name": summary.name, "profile": summary.profile}
        say_json({"event": "job", **names, **_job(summary)})

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """See ``Reporter``."""
        now = time.monotonic()
        if chunk.state is before and now - self._chunks_said_at.get(chunk.id, 0.0) < _CHUNK_SECONDS:
            return
        self._chunks_said_at[chunk.id] = now
        say_json(
            {
                "event": "chunk",
                "id": chunk.id,
                "state": chunk.state.value,
                "reason": chunk.reason,
                "startFrame": chunk.start_frame,
                "frameCount": chunk.frame_count,
                "framesDone": chunk.frames_done,
                "attempt": chunk.attempts,
            }
        )

    def job_changed(self, summary: JobSummary) -> None:
        """See ``Reporter``."""
        now = time.monotonic()
        if summary.state is self._state and now - self._job_said_at < _JOB_SECONDS:
            return
        self._state, self._job_said_at = summary.state, now
        say_json({"event": "job", **_job(summary)})

    def note(self, text: str) -> None:
        """See ``Reporter``."""
        say_json({"event": "note", "message": text})

    def stopping(self) -> None:
        """See ``Reporter``."""
        self.note("stopping, as asked")

    def tick(self) -> None:
        """See ``Reporter``."""

    def end(self, outcome: Outcome) -> None:
        """See ``Reporter``."""
        summary = outcome.summary
        counts = {"chunksDone": summary.chunks_done, "chunksTotal": summary.chunks_total}
        if outcome.exit_code is ExitCode.DONE:
            output = None if outcome.delivered is None else str(outcome.delivered)
            report = summary.report or summary.reason
            words = {"event": "done", "output": output, "folder": str(summary.job_dir), "report": report}
            say_json({**words, **counts, "exitCode": outcome.exit_code})
        elif outcome.exit_code is ExitCode.INTERRUPTED:
            words = {"event": "interrupted", "resume": outcome.resume, "aftermath": summary.aftermath}
            say_json({**words, **counts, "exitCode": outcome.exit_code})
        else:
            chunks = [
                {
                    "id": failure.chunk.id,
                    "cause": failure.chunk.reason,
                    "log": None if failure.log is None else str(failure.log),
                }
                for failure in outcome.failures
            ]
            words = {"event": "failed", "reason": summary.reason, "resume": outcome.resume}
            say_json({**words, **counts, "chunks": chunks, "exitCode": outcome.exit_code})

    def close(self) -> None:
        """See ``Reporter``."""


def _job(summary: JobSummary) -> dict[str, object]:
    return {
        "state": summary.state.value,
        "reason": summary.reason,
        "progress": round(summary.progress, 4),
        "chunksDone": summary.chunks_done,
        "chunksTotal": summary.chunks_total,
        "framesDone": summary.frames_done,
        "framesTotal": summary.frames_total,
        "framesPerSecond": _rounded(summary.frames_per_second),
        "eta": _rounded(summary.eta),
        "stitchProgress": round(summary.stitch_progress, 4),
        "cost": round(summary.cost, 4),
        "expectedCost": _rounded(summary.expected_cost, 4),
    }


def _rounded(number: float | None, digits: int = 2) -> float | None:
    return None if number is None else round(number, digits)
