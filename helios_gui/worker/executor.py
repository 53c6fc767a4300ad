"""Renders one chunk in a folder and looks at what came out."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helios_gui.blender.program import find_blender
from helios_gui.jobfile.command_line import own_command_in, parse_command, redirect_output, resolve_program
from helios_gui.media.frame_archive import ARCHIVE_NAME, pack_frames
from helios_gui.media.frame_files import check_surplus
from helios_gui.media.media_verifier import verify_output
from helios_gui.process.process_runner import ProcessRunner
from helios_gui.process.process_trees import end_attempts
from helios_gui.renderers.progress import ProgressReader
from helios_gui.renderers.progress_follower import ProgressFollower
from helios_gui.translation import tr
from helios_gui.types import (
    FailureKind,
    JobSpec,
    RenderChunk,
    StallPolicy,
    UserInputError,
    VerificationError,
    WorkerJob,
)
from helios_gui.types.sequences import frame_files
from helios_gui.utils.format import format_duration
from helios_gui.utils.work_threads import Stop

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """What to render, where: ``job_dir`` holds the job's files and is the command's folder, ``work_dir`` is its own.

    The output is ``output``; a command that does not name its output as an argument writes to ``in_place`` instead.
    ``mark`` is what the processes are known by, and nobody else's.
    """

    mark: str
    spec: JobSpec
    index: int
    job_dir: Path
    work_dir: Path
    log_path: Path
    stall: StallPolicy = field(default_factory=StallPolicy)

    @property
    def chunk(self) -> RenderChunk:
        """The chunk to render."""
        return self.spec.chunks[self.index]

    @property
    def output(self) -> Path:
        """The attempt's own output file."""
        return self.work_dir / Path(self.chunk.output_file).name

    @property
    def in_place(self) -> Path:
        """Where the command writes if it is not told otherwise."""
        return self.job_dir / self.chunk.output_file


@dataclass(frozen=True, slots=True)
class RenderOutcome:
    """How a render ended. ``failure`` is ``None`` when ``output`` is there and verified, with ``frames`` if media.

    Of an image sequence, ``output`` is the archive of all frames.
    """

    exit_code: int | None
    output: Path
    failure: FailureKind | None = None
    message: str = ""
    frames: int | None = None


class RenderExecutor:
    """Renders chunks, each as a process group of its own.

    ``environment`` is all that renderers get besides what marks their attempt; ``grace`` is how many seconds they
    have between SIGTERM and SIGKILL. ``frames_done`` says how far the current render is, ``progress_line`` the last
    line in which the renderer said so.
    """

    def __init__(self, environment: Mapping[str, str], grace: float) -> None:
        self._environment = environment
        self._grace = grace
        self._runner = ProcessRunner(grace, environment)
        self.frames_done = 0
        self.progress_line = ""

    async def render(self, task: ChunkTask) -> RenderOutcome:
        """Run the chunk's command to its end and verify its output. A failed render is an outcome, not an exception.

        Cancelling it ends the renderer with all it started before the cancellation is passed on. Raises
        ``UserInputError`` for a command that cannot be run.
        """
        self.frames_done, self.progress_line = 0, ""
        output, command = self._prepare(task)
        reader = ProgressReader(task.chunk.frame_count, task.chunk.start_frame, task.spec.progress_pattern)

        def on_progress(frames: int | None) -> None:
            self.frames_done, self.progress_line = reader.frames_done, reader.problem or reader.line

        follower = ProgressFollower(reader, on_progress)
        try:
            result = await self._runner.run(self._job_of(task, output, command, follower.feed))
        finally:
            follower.close()
        # Here rather than after the job, as on a machine with a window: the next attempt may be another customer's.
        await end_attempts({task.mark}, self._grace)
        if not result.ok:
            return RenderOutcome(result.exit_code, output, result.failure or FailureKind.TRANSIENT, result.message)
        return await self._verified(task, output)

    def _job_of(
        self, task: ChunkTask, output: Path, command: tuple[str, ...], on_lines: Callable[[Sequence[str]], None]
    ) -> WorkerJob:
        def on_stalled(stalled: bool) -> None:
            if stalled:
                logger.warning("The attempt %s has stalled", task.mark)
                self.progress_line = tr(
                    "stalled: nothing printed and no processor used for {time}", time=format_duration(task.stall.after)
                )

        return WorkerJob(
            job_id=task.spec.id or "",
            attempt_id=task.mark,
            chunk=task.chunk,
            chunk_index=task.index,
            command=command,
            job_dir=task.job_dir,
            output=output,
            log_path=task.log_path,
            environment=temporary_folders(task.work_dir, self._environment),
            on_lines=on_lines,
            stall=task.stall,
            on_stalled=on_stalled,
        )

    async def _verified(self, task: ChunkTask, output: Path) -> RenderOutcome:
        """Return the outcome of a render whose command succeeded: whether its output is what the chunk asks for."""
        chunk = task.chunk
        try:
            frames = await _verify(output, chunk)
            if output == task.output:
                await asyncio.to_thread(check_surplus, output, chunk.frames)
        except VerificationError as error:
            return RenderOutcome(
                0, output, FailureKind.TRANSIENT, tr("The renderer reported success, but {error}", error=error)
            )
        self.frames_done = chunk.frame_count
        if chunk.pattern is not None:
            archive = task.work_dir / ARCHIVE_NAME
            await asyncio.to_thread(pack_frames, frame_files(output, chunk.frames), archive)
            output = archive
        return RenderOutcome(0, output, frames=frames)

    def _prepare(self, task: ChunkTask) -> tuple[Path, tuple[str, ...]]:
        words = parse_command(task.chunk.command)
        _require_program(own_command_in(words), self._environment)
        own = task.output
        command, redirected = redirect_output(words, task.chunk.output_file, own, job_dir=task.job_dir)
        output = own if redirected else task.in_place
        if _is_inside(task.in_place, task.job_dir):
            task.in_place.parent.mkdir(parents=True, exist_ok=True)
        elif not redirected:
            raise UserInputError(
                tr(
                    "The output {output_file} lies outside the job's folder, and the command does not name it, "
                    "so that a worker cannot tell it where to write.",
                    output_file=task.chunk.output_file,
                ),
                tr("Name the output as an argument of the command, or move it into the job's folder."),
            )
        for file in frame_files(output, task.chunk.frames):
            file.unlink(missing_ok=True)  # an old render that came with the job's files must not pass for a new one
        return output, resolve_program(command, job_dir=task.job_dir, path=self._environment.get("PATH"))


def _require_program(command: str, environment: Mapping[str, str]) -> None:
    """Refuse a page or a Blender file for good where there is no program for it: trying again would not help."""
    if command == "web":
        from helios_gui.web.browser import find_browser

        find_browser(environment)
    elif command == "blend":
        find_blender(environment)


def _is_inside(path: Path, folder: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(os.path.normpath(folder))


async def _verify(output: Path, chunk: RenderChunk) -> int | None:
    stop = Stop()
    probe = asyncio.ensure_future(asyncio.to_thread(verify_output, output, chunk, stop))
    try:
        return await asyncio.shield(probe)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(probe, return_exceptions=True)
        raise


def temporary_folders(work_dir: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return where renderers put what they need only while they run: it goes with the attempt's folder.

    A function's own home is often missing or cannot be written to, which browsers do not survive.
    """
    folder = work_dir / "tmp"
    folder.mkdir(exist_ok=True)
    found = {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
    if not os.access(environment.get("HOME", ""), os.W_OK):
        found["HOME"] = str(folder)
    return found
