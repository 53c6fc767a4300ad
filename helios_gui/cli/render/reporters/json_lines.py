"""The reporter for programs: one JSON object per line, as ``helios-gui render --help`` describes them."""

from __future__ import annotations

import time

from helios_gui.cli.output import ExitCode, print_json, progress_fields
from helios_gui.cli.render.reporters.base import JobOutcome
from helios_gui.translation import tr
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate

_JOB_SECONDS = 0.5
"""Least time between two lines about the job's progress."""

_CHUNK_SECONDS = 1.0
"""Least time between two lines about the progress of one chunk."""


class JsonReporter:
    """Prints every change of state at once, and changes of progress at most once or twice a second."""

    def __init__(self) -> None:
        self._state: JobState | None = None
        self._job_printed_at = 0.0
        self._chunks_printed_at: dict[int, float] = {}

    def estimate(self, estimate: CostEstimate) -> None:
        """See ``Reporter``."""
        pace = estimate.seconds_per_frame
        print_json(
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
        print_json({"event": "job", **names, **_job_fields(summary)})

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """See ``Reporter``."""
        now = time.monotonic()
        if chunk.state is before and now - self._chunks_printed_at.get(chunk.id, 0.0) < _CHUNK_SECONDS:
            return
        self._chunks_printed_at[chunk.id] = now
        print_json(
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
        if summary.state is self._state and now - self._job_printed_at < _JOB_SECONDS:
            return
        self._state, self._job_printed_at = summary.state, now
        print_json({"event": "job", **_job_fields(summary)})

    def note(self, text: str) -> None:
        """See ``Reporter``."""
        print_json({"event": "note", "message": text})

    def stopping(self) -> None:
        """See ``Reporter``."""
        self.note(tr("stopping, as asked"))

    def tick(self) -> None:
        """See ``Reporter``."""

    def end(self, outcome: JobOutcome) -> None:
        """See ``Reporter``."""
        summary = outcome.summary
        counts = {"chunksDone": summary.chunks_done, "chunksTotal": summary.chunks_total}
        if outcome.exit_code is ExitCode.DONE:
            output = None if outcome.video is None else str(outcome.video)
            report = summary.report or summary.reason
            event = {"event": "done", "output": output, "folder": str(summary.job_dir), "report": report}
            print_json({**event, **counts, "exitCode": outcome.exit_code})
        elif outcome.exit_code is ExitCode.INTERRUPTED:
            event = {"event": "interrupted", "resume": outcome.resume_command, "stopNote": summary.stop_note}
            print_json({**event, **counts, "exitCode": outcome.exit_code})
        else:
            chunks = [
                {
                    "id": failure.chunk.id,
                    "cause": failure.chunk.reason,
                    "log": None if failure.log is None else str(failure.log),
                }
                for failure in outcome.failures
            ]
            event = {"event": "failed", "reason": summary.reason, "resume": outcome.resume_command}
            if outcome.restitch_command:
                event["restitch"] = outcome.restitch_command
            print_json({**event, **counts, "chunks": chunks, "exitCode": outcome.exit_code})

    def close(self) -> None:
        """See ``Reporter``."""


def _job_fields(summary: JobSummary) -> dict[str, object]:
    return {
        **progress_fields(summary),
        "framesPerSecond": _rounded(summary.frames_per_second),
        "eta": _rounded(summary.eta),
        "stitchProgress": round(summary.stitch_progress, 4),
        "cost": round(summary.cost, 4),
        "expectedCost": _rounded(summary.expected_cost, 4),
    }


def _rounded(number: float | None, digits: int = 2) -> float | None:
    return None if number is None else round(number, digits)
