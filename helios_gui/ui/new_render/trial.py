"""Test frames of the sheet: rendered on this computer, or as a canary by the workers of a profile."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from shiboken6 import isValid

from helios_gui.engine import Engine
from helios_gui.sources.calibration import TriedFrame, calibrate, frames_to_try
from helios_gui.sources.canary import Canary, plan_canary, remove_canary, save_canary_picture
from helios_gui.sources.planned_job import PlannedJob
from helios_gui.sources.source import JobRequest
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, JobExecutionOptions
from helios_gui.types.cost import RenderForecast
from helios_gui.ui.new_render.answer import Source
from helios_gui.ui.new_render.places import forecast_text
from helios_gui.ui.new_render.sheet_text import in_window
from helios_gui.ui.new_render.stills import read_picture

Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class FrameTrial(QObject):
    """Renders the test frames of a plan.

    ``began`` carries the frames to come, ``tried`` each with its picture, ``measured`` their ``RenderPace``, and
    ``ended`` a sentence about what went wrong, empty if nothing did.

    Args:
        engine: Renders canaries.
        source: What was read.
        folder: For the pictures.
        start: Starts a task that the sheet owns.
        turn: Is held while something is rendered on this computer.
        parent: The sheet.
    """

    began = Signal(list)
    tried = Signal(int, QImage)
    measured = Signal(object)
    ended = Signal(str)

    def __init__(
        self, engine: Engine, source: Source, folder: Path, start: Start, turn: asyncio.Lock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._source = source
        self._folder = folder / "trial"
        self._start = start
        self._turn = turn
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether frames are being rendered."""
        return self._task is not None

    def stop(self) -> None:
        """Render no more of them."""
        if self._task is not None:
            self._task.cancel()

    def render_here(self, planned: PlannedJob, request: JobRequest) -> None:
        """Render them on this computer."""
        self._begin(planned, lambda: self._render_here(planned, request))

    def render_with(self, profile: str, planned: PlannedJob, request: JobRequest) -> None:
        """Render them with the workers of a profile."""
        self._begin(planned, lambda: self._render_canary(profile, planned, request))

    def _begin(self, planned: PlannedJob, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.began.emit(list(frames_to_try(planned.spec)))
        self._task = self._start(self._run_render(work))

    async def _run_render(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await asyncio.to_thread(_empty, self._folder)
            await work()
        except HeliosError as error:
            self._end(in_window(error))
        except asyncio.CancelledError:
            self._end("")
            raise
        else:
            self._end("")

    def _end(self, problem: str) -> None:
        self._task = None
        if isValid(self):
            self.ended.emit(problem)

    async def _render_here(self, planned: PlannedJob, request: JobRequest) -> None:
        source = self._source
        async with self._turn:
            found = await calibrate(source.kind, request, source.facts, planned.spec, self._folder, self._show_frame)
        self._measure(found.pace)

    async def _render_canary(self, profile: str, planned: PlannedJob, request: JobRequest) -> None:
        source, folder = self._source, planned.path.parent
        canary = await asyncio.to_thread(plan_canary, source.kind, request, source.facts, planned.spec, folder)
        options = JobExecutionOptions(profile=profile, job_dir=folder, overwrite=True)
        try:
            seconds = await self._engine.render_apart(canary.spec, options, lambda chunk, output: None)
            for frame in canary.frames:
                await self._show_canary_frame(canary, frame, folder)
        finally:
            await remove_canary(canary, folder)
        self._measure(replace(canary.pace(seconds), profile=profile))

    async def _show_canary_frame(self, canary: Canary, frame: int, folder: Path) -> None:
        picture = self._folder / f"frame-{frame}.png"
        await save_canary_picture(canary, frame, folder, picture)
        await self._show_frame(TriedFrame(frame, picture, 0.0))

    async def _show_frame(self, tried: TriedFrame) -> None:
        try:
            image: QImage = await asyncio.to_thread(read_picture, tried.picture)
        except HeliosError:
            return
        if isValid(self):
            self.tried.emit(tried.frame, image)

    def _measure(self, pace: object) -> None:
        if isValid(self):
            self.measured.emit(pace)


def canary_words(profile: str, url: str, canary: Canary, folder: Path, forecast: RenderForecast | None) -> str:
    """Return what a person agrees to before test frames are rendered in a cloud.

    Args:
        profile: The profile's name.
        url: Where the job's folder is copied to; empty for nowhere.
        canary: The test frames.
        folder: The job's folder.
        forecast: What the whole job may take there; ``None`` if that is not known.
    """
    frames = canary.spec.metadata.total_frames
    words = [
        tr_count(
            "{number} frame is rendered by the workers of “{profile}”. That costs what they take for it.",
            "{number} frames are rendered by the workers of “{profile}”. That costs what they take for them.",
            frames,
            profile=profile,
        )
    ]
    if url:
        words.append(tr("The files of {folder} are copied to {url}.", folder=folder, url=url))
    if forecast is not None and forecast.seconds is not None:
        words.append(tr("The whole job: {forecast}.", forecast=forecast_text(forecast)))
    return "\n\n".join(words)


def _empty(folder: Path) -> None:
    """Make an empty folder; frames of an earlier trial would pass for those of the next one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
