"""The question whether a job may replace files that are not its own."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from helios_gui.engine import Engine, replacement_in_words
from helios_gui.translation import tr, tr_count
from helios_gui.ui.widgets.confirm import confirm


async def may_replace(engine: Engine, job_id: str, window: QWidget) -> bool:
    """Return whether a job may put its video and its chunks in their places; ask once if files of others are there.

    The video of another job may also be about to be there. A yes is remembered until the video is made.

    Raises:
        NotFoundError: The job is not in the queue.
    """
    replacements = engine.manager.replacements
    found = await replacements.of_job(job_id)
    if found is None:
        return True
    if found.files == 1:
        title = tr("Replace “{name}”?", name=found.first.name)
    else:
        title = tr_count("Replace {number} file?", "Replace {number} files?", found.files)
    text = [replacement_in_words(found)]
    if found.output is not None:
        text.append(tr("When this job is finished, its video takes the place of that file, which is lost then."))
    if found.chunk_files is not None:
        text.append(
            tr_count(
                "What the chunk renders takes the place of that file, which is lost then.",
                "What the chunks render takes the place of those files, which are lost then.",
                found.chunk_files.count,
            )
        )
    if not await confirm(window, title, "\n\n".join(text), tr("Replace")):
        return False
    await replacements.agree(job_id)
    return True
