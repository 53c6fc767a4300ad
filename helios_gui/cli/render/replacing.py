"""Before a render: refuse to replace a video that is not the job's own, unless ``--overwrite`` allows it."""

from __future__ import annotations

from helios_gui.cli.render.prepare import PreparedRender
from helios_gui.cli.render.reporters.base import Reporter
from helios_gui.engine import Engine, replacement_in_words
from helios_gui.translation import tr
from helios_gui.types import JobStatus, UserInputError


async def check_replacement(
    engine: Engine, prepared: PreparedRender, found: JobStatus | None, reporter: Reporter
) -> None:
    """Tell whose file the finished video replaces.

    Args:
        engine: The engine.
        prepared: The render.
        found: The render that is resumed; ``None`` for a new one.
        reporter: Is told what will be replaced.

    Raises:
        UserInputError: It would replace what another job, or somebody else, has made or is making.
    """
    replacements, request = engine.manager.replacements, prepared.request
    if found is None and (request.chunk_ids is not None or request.merge is False or _completes_frames(prepared)):
        return  # it makes no video; if it does after all, the engine refuses
    if found is None:
        options = prepared.options.model_copy(update={"overwrite": False})
        replaced = await replacements.of_new_job(prepared.spec, options)
    else:
        replaced = await replacements.of_job(found.summary.id)
    if replaced is None:
        return
    words = replacement_in_words(replaced)
    if not request.overwrite:
        raise UserInputError(words, tr("Add --overwrite to replace it, or name another file with --output."))
    if found is not None:
        await replacements.agree(found.summary.id)
    reporter.note(tr("{words} It will be replaced.", words=words))


def _completes_frames(prepared: PreparedRender) -> bool:
    """Return whether frames that are there are kept: agreed to with ``--missing``."""
    return prepared.request.missing and prepared.options.overwrite and not prepared.request.overwrite
