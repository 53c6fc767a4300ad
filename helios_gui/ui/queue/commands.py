"""Commands that arrange the queue: priorities, groups, what starts after what, copies, removals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from helios_gui.engine import Engine
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, JobSummary, Priority
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.queue.group_name_sheet import GroupNameSheet
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.queue.start_after_sheet import StartAfterSheet
from helios_gui.ui.widgets.confirm import result_of
from helios_gui.ui.widgets.notice_bar import NoticeBoard


class QueueCommands(QObject):
    """Does what the menus of ``panel`` ask for with the selected jobs; a ``HeliosError`` becomes a notice."""

    def __init__(
        self, engine: Engine, bridge: EngineBridge, notices: NoticeBoard, panel: QueuePanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._manager = engine.manager
        self._bridge = bridge
        self._notices = notices
        self._panel = panel
        self._window = window
        menus = panel.actions_of_jobs.menus
        menus.copy_wanted.connect(self.copy_with_profile)
        menus.priority_chosen.connect(self.set_priority)
        menus.group_chosen.connect(self.set_group)
        panel.view.grouped.connect(lambda job_ids, name: bridge.run(self._group(job_ids, name)))
        menus.new_group_wanted.connect(lambda: bridge.run(self._ask_for_group()))

    def set_priority(self, priority: Priority) -> None:
        """Give the selected jobs a priority."""
        ids = [job.id for job in self._panel.selected_jobs()]
        self._bridge.run(self._prioritise(ids, priority))

    def set_group(self, name: str) -> None:
        """Put the selected jobs into a group, side by side, or with an empty name into none."""
        self._bridge.run(self._group([job.id for job in self._panel.selected_jobs()], name))

    def copy_with_profile(self, profile: str) -> None:
        """Add copies of the selected jobs that are rendered through another profile, and select them."""
        self._bridge.run(self._copy(self._panel.selected_jobs(), profile))

    def choose_after(self, job_ids: Sequence[str]) -> None:
        """Ask after which jobs these are to start."""
        jobs = [job for job in self._panel.selected_jobs() if job.id in set(job_ids)]
        if jobs:
            self._bridge.run(self._choose_after(jobs))

    # -- inside

    async def _choose_after(self, jobs: Sequence[JobSummary]) -> None:
        ids = {job.id for job in jobs}
        others = [job for job in self._manager.list_jobs() if job.id not in ids]
        common = [other for other in jobs[0].standing.after if all(other in job.standing.after for job in jobs)]
        if len(jobs) == 1:
            title = tr("Start “{name}” after …", name=jobs[0].name)
        else:
            title = tr_count("Start {number} job after …", "Start {number} jobs after …", len(jobs))
        sheet = StartAfterSheet(title, others, common, self._window)
        if await result_of(sheet) == QDialog.DialogCode.Accepted:
            chosen = sheet.chosen
            with self._manager.together():
                await self._run_for_each(ids, lambda job_id: self._manager.standings.set_after(job_id, chosen))

    async def _ask_for_group(self) -> None:
        jobs = self._panel.selected_jobs()
        if not jobs:
            return
        sheet = GroupNameSheet(self._manager.standings.free_group_name(tr("Group")), self._window)
        if await result_of(sheet) == QDialog.DialogCode.Accepted:
            await self._group([job.id for job in jobs], sheet.name)

    async def _prioritise(self, job_ids: Sequence[str], priority: Priority) -> None:
        with self._manager.together():
            await self._run_for_each(job_ids, lambda job_id: self._manager.standings.set_priority(job_id, priority))

    async def _group(self, job_ids: Sequence[str], name: str) -> None:
        """Put jobs into a group, at its end, with all of the group side by side where its first job was."""
        with self._manager.together():
            standings = self._manager.standings
            before = {job_id for job_id, standing in standings.of_jobs() if standing.group == name}
            await self._run_for_each(job_ids, lambda job_id: standings.set_group(job_id, name))
            await self._gather(name, before)

    async def _gather(self, name: str, before: Collection[str]) -> None:
        """Put the jobs of a group side by side, beginning with those that were in it ``before``."""
        standings = self._manager.standings.of_jobs()
        queue = [(job_id, bool(name) and standing.group == name) for job_id, standing in standings]
        members = [job_id for job_id, is_member in queue if is_member]
        if members:
            members.sort(key=lambda job_id: job_id not in before)
            place = next(place for place, (job_id, _) in enumerate(queue) if job_id == members[0])
            await self._manager.move_jobs(members, sum(not is_member for _, is_member in queue[:place]))

    async def _copy(self, jobs: Sequence[JobSummary], profile: str) -> None:
        copies: list[str] = []

        async def copy(job_id: str) -> None:
            copies.append(await self._manager.duplicate_job(job_id, profile))

        await self._run_for_each([job.id for job in jobs], copy)
        self._bridge.flush()
        if copies:
            self._panel.select_all(copies)

    async def _run_for_each(self, job_ids: Iterable[str], command: Callable[[str], Awaitable[object]]) -> None:
        for job_id in job_ids:
            try:
                await command(job_id)
            except HeliosError as error:
                self._notices.show_error(error)
