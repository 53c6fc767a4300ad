"""The options of ``helios-gui render``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from helios_gui.jobfile.command_line import join_command
from helios_gui.types import Priority, RendererPriority, StallAction
from helios_gui.types.options import JobLimits


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """The options as typed; ``None`` where an option was not given. Paths are relative to the current folder.

    Attributes:
        job: The job file.
        profile: The name of the profile to render with.
        concurrency: How many chunks to render at the same time.
        retries: How many more times to try a chunk that failed.
        chunk_timeout: How many seconds an attempt at a chunk may take.
        stall_action: What to do about stalled chunks: off, warn or kill.
        stall_after: After how many seconds without output and work a chunk counts as stalled.
        stop_after_failures: After how many failed chunks the job stops if none has succeeded; 0 for never.
        stop_at_failed_percent: At what share of failed chunks the job stops later; 0 for never.
        renderer_priority: How much of this machine renderers get beside other programs.
        memory_limit: How many GB of memory a chunk may use on this machine; 0 for any.
        keep_memory_free: How many GB of memory have to stay free on this machine; 0 for none.
        chunk_ids: The only chunks to render.
        merge: Stitch the chunks into one video; a new render does so unless this is ``False``.
        output: The file for the finished video.
        reencode: Encode chunks that do not match the others, instead of refusing to stitch them.
        resume: Continue the last unfinished render of the job file.
        missing: Render only chunks whose outputs are missing or damaged.
        now: Render at once, whatever the profile waits for.
        order: In which order chunks are rendered: playing, scout, or a number; empty for the job's own.
        overwrite: Replace a file that another job, or somebody else, has made in the place of the finished video.
        priority: How urgent the job is.
        after: The jobs that have to be completed before it starts, as typed: ids or job files.
        group: The group that it belongs to.
        trust: Run the job's commands without asking for permission.
        as_json: Print JSON lines instead of text.
    """

    job: Path
    profile: str | None = None
    concurrency: int | None = None
    retries: int | None = None
    chunk_timeout: float | None = None
    stall_action: StallAction | None = None
    stall_after: float | None = None
    stop_after_failures: int | None = None
    stop_at_failed_percent: float | None = None
    renderer_priority: RendererPriority | None = None
    memory_limit: float | None = None
    keep_memory_free: float | None = None
    chunk_ids: tuple[int, ...] | None = None
    merge: bool | None = None
    output: Path | None = None
    reencode: bool | None = None
    resume: bool = False
    missing: bool = False
    now: bool = False
    order: str = ""
    overwrite: bool = False
    priority: Priority | None = None
    after: tuple[str, ...] | None = None
    group: str | None = None
    trust: bool = False
    as_json: bool = False

    @property
    def waits_for_people(self) -> bool:
        """Whether somebody is there who can sign in again or make room: on a terminal, and not for a program."""
        return sys.stdout.isatty() and not self.as_json

    @property
    def limits(self) -> JobLimits:
        """The limits of the job as typed."""
        return JobLimits(
            concurrency=self.concurrency,
            retries=self.retries,
            chunk_timeout=self.chunk_timeout,
            stall_action=self.stall_action,
            stall_after=self.stall_after,
            stop_after_failures=self.stop_after_failures,
            stop_at_failed_percent=self.stop_at_failed_percent,
            renderer_priority=self.renderer_priority,
            memory_limit=self.memory_limit,
            keep_memory_free=self.keep_memory_free,
        )

    @property
    def resume_command(self) -> str:
        """The command that continues this render after it was interrupted or has failed."""
        trust = ["--trust"] if self.trust else []
        return join_command(["helios-gui", "render", str(self.job), "--resume", *trust])


def restitch_command(job: Path | str, *, reencode: bool, output: Path | None = None) -> str:
    """Return the command that stitches the chunks of a job once more."""
    options = [*(["--reencode"] if reencode else []), *([] if output is None else ["--output", str(output)])]
    return join_command(["helios-gui", "restitch", str(job), *options])
