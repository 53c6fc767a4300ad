"""Before a render: refuse to replace files that are not the job's own, unless ``--overwrite`` allows it."""

from __future__ import annotations

from helios_gui.cli.render.prepare import PreparedRender
from helios_gui.cli.render.reporters.base import Reporter
from helios_gui.engine import Engine, replacement_in_words
from helios_gui.translation import tr
from helios_gui.types import JobStatus, Replacement, UserInputError


async def check_replacement(
    engine: Engine, prepared: PreparedRender, found: JobStatus | None, reporter: Reporter
) -> None:
    """Tell whose file the finished video replaces, and which files of others the chunks do.

    Args:
        engine: The engine.
        prepared: The render.
        found: The render that is resumed; ``None`` for a new one.
        reporter: Is told what will be replaced.

    Raises:
        UserInputError: It would replace what another job, or somebody else, has made or is making.
    """
    replacements, request = engine.manager.replacements, prepared.request
    if found is None:
        options = prepared.options.model_copy(update={"overwrite": False})
        # if it makes a video after all, the engine refuses
        video = request.chunk_ids is None and request.merge is not False and not _completes_frames(prepared)
        replaced = await replacements.of_new_job(prepared.spec, options, video=video)
    else:
        replaced = await replacements.of_job(found.summary.id)
    if replaced is None:
        return
    words = replacement_in_words(replaced)
    if not request.overwrite:
        raise UserInputError(words, _hint(replaced))
    if found is not None:
        await replacements.agree(found.summary.id)
    if replaced.files == 1:
        reporter.note(tr("{words} It will be replaced.", words=words))
    else:
        reporter.note(tr("{words} They will be replaced.", words=words))


def _hint(replaced: Replacement) -> str:
    if replaced.chunk_files is None:
        return tr("Add --overwrite to replace it, or name another file with --output.")
    if replaced.files == 1:
        return tr("Add --overwrite to replace it, or --missing to keep it where it is what the chunk is to make.")
    return tr("Add --overwrite to replace them, or --missing to keep those that are what the chunks are to make.")


def _completes_frames(prepared: PreparedRender) -> bool:
    """Return whether frames that are there are kept: agreed to with ``--missing``."""
    return prepared.request.missing and prepared.options.overwrite and not prepared.request.overwrite
