"""Consent to run a job's commands and to upload its files: remembered from before, or asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from PySide6.QtWidgets import QDialog, QWidget

from helios_gui.engine import Engine
from helios_gui.jobfile.output_names import names_final_output
from helios_gui.profiles.review import JobReview, review_job
from helios_gui.stitcher.fit_forecast import forecast_job_in_words
from helios_gui.types import HeliosError, JobStatus, NotFoundError
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.submit.upload import Destination, plan_upload
from helios_gui.ui.widgets.confirm import result_of
from helios_gui.utils.work_threads import WorkThreads


class Consent:
    """Asks with a sheet over ``window``, and remembers the answer where it is yes. ``bridge`` owns its tasks."""

    def __init__(self, engine: Engine, bridge: EngineBridge, window: QWidget) -> None:
        self._engine = engine
        self._bridge = bridge
        self._window = window

    async def given(self, status: JobStatus, profile: str, chunk_ids: Collection[int] | None = None) -> bool:
        """Return whether the job may be rendered through this profile: these chunks of it, or what is left.

        Raises ``UserInputError`` for commands that cannot be parsed, ``OSError`` when a yes cannot be written down.
        """
        job, trust = status.summary, self._engine.trust
        review = await asyncio.to_thread(review_job, status.spec, job.job_dir, job.source, self._search_path(profile))
        destination = self._destination(profile)
        is_imported = status.options.imported
        if trust.is_trusted(review, is_imported=is_imported) and (
            destination is None or trust.may_upload(review, destination.url)
        ):
            return True
        sheet = TrustSheet(review, job.name, self._window, destination)
        looking = [self._bridge.run(self._show_fit_problem(sheet, status, review))]
        if destination is not None:
            looking.append(self._bridge.run(self._show_upload(sheet, status, profile, chunk_ids)))
        try:
            if await result_of(sheet) != QDialog.DialogCode.Accepted:
                return False
            whole_folder = sheet.trust_folder
            await asyncio.to_thread(
                self._remember, review, destination, whole_folder=whole_folder, itself=is_imported or not whole_folder
            )
        finally:
            for task in looking:
                task.cancel()
            delete_later(sheet)
        return True

    async def give(self, status: JobStatus, profile: str) -> None:
        """Remember that a job's commands may run: the person has just seen them, and wanted them.

        Raises ``UserInputError`` for commands that cannot be parsed, ``OSError`` when it cannot be written down.
        """
        job = status.summary
        review = await asyncio.to_thread(review_job, status.spec, job.job_dir, job.source, self._search_path(profile))
        await asyncio.to_thread(self._engine.trust.remember, review)

    def _destination(self, profile: str) -> Destination | None:
        try:
            found = self._engine.profiles.get(profile)
        except NotFoundError:
            return None  # nothing will run; the engine says why
        return Destination(found.name, found.upload_url) if found.upload_url else None

    def _search_path(self, profile: str) -> str | None:
        """Return where the profile's commands find their programs; ``None`` where it is this process's ``PATH``."""
        try:
            return self._engine.profiles.get(profile).chunk_environment().get("PATH")
        except NotFoundError:
            return None

    async def _show_fit_problem(self, sheet: TrustSheet, status: JobStatus, review: JobReview) -> None:
        if status.options.output is None and not names_final_output(status.spec):
            return
        async with WorkThreads("forecast", 1) as threads:
            problem = await threads.run(lambda stop: forecast_job_in_words(status.spec, review.output, stop))
        if problem:
            sheet.show_fit_problem(problem)

    async def _show_upload(
        self, sheet: TrustSheet, status: JobStatus, profile: str, chunk_ids: Collection[int] | None
    ) -> None:
        try:
            estimate = await self._engine.estimate_cost(status.summary.id, profile, chunk_ids)
            sheet.show_cost(estimate)
        except HeliosError as error:
            sheet.show_cost_problem(f"{error} {error.hint}".strip())
        try:
            sheet.show_upload(await plan_upload(status))
        except HeliosError as error:
            sheet.show_upload_problem(f"{error} {error.hint}".strip())
        except OSError as error:
            sheet.show_upload_problem(str(error))

    def _remember(
        self, review: JobReview, destination: Destination | None, *, whole_folder: bool, itself: bool
    ) -> None:
        trust = self._engine.trust
        if whole_folder:
            trust.trust_folder(review.job_dir)
        if itself or review.outside_outputs:
            trust.remember(review)
        if destination is not None:
            trust.remember_upload(review, destination.url)
