"""The question whether a job may replace a video that is not its own."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from helios_gui.engine import Engine, replacement_in_words
from helios_gui.translation import tr
from helios_gui.ui.widgets.confirm import confirm


async def may_replace(engine: Engine, job_id: str, window: QWidget) -> bool:
    """Return whether a job may put its video in its place; ask where a file of others is, or is about to be, there.

    A yes is remembered until the video is made.

    Raises:
        NotFoundError: The job is not in the queue.
    """
    replacements = engine.manager.replacements
    found = await replacements.of_job(job_id)
    if found is None:
        return True
    title = tr("Replace “{name}”?", name=found.output.name)
    words = replacement_in_words(found)
    what = tr("When this job is finished, its video takes the place of that file, which is lost then.")
    if not await confirm(window, title, f"{words}\n\n{what}", tr("Replace")):
        return False
    await replacements.agree(job_id)
    return True
