"""``--resume``: which options the command may repeat, and which it may change."""

from __future__ import annotations

import os
from collections.abc import Iterator

from helios_gui.cli.render.prepare import PreparedRender
from helios_gui.cli.render.request import RenderRequest
from helios_gui.translation import tr
from helios_gui.types import JobStatus, UserInputError


def check_resumable(found: JobStatus | None, prepared: PreparedRender) -> JobStatus:
    """Return the render to resume.

    Raises:
        UserInputError: There is none, the job file has changed since, or the command has an option of another value
            than that render, which it cannot change.
    """
    source = prepared.source
    if found is None:
        raise UserInputError(
            tr("There is no render of {source} to resume.", source=source), tr("Leave out --resume to start one.")
        )
    if found.spec.to_json() != prepared.spec.to_json():
        raise UserInputError(
            tr("{source} has changed since its last render, so its finished chunks may no longer fit.", source=source),
            tr("Leave out --resume to render it again."),
        )
    differing = list(_differing_options(found, prepared.request))
    if differing:
        raise UserInputError(
            tr(
                "A resumed render keeps its options, and this one was started otherwise: {differing}.",
                differing="; ".join(differing),
            ),
            tr("Leave those out to continue it, or leave out --resume to start a new render."),
        )
    return found


def is_render_again(status: JobStatus, request: RenderRequest) -> bool:
    """Return whether ``--chunk`` asks to render finished chunks again, and not for what the render is limited to.

    Raises:
        UserInputError: A chunk to be rendered again was not rendered yet.
    """
    if request.chunk_ids is None or _same_chunks(status, request.chunk_ids):
        return False
    waiting = [chunk.id for chunk in status.chunks if chunk.id in request.chunk_ids and not chunk.state.is_settled]
    if waiting:
        raise UserInputError(
            tr("Chunk {waiting} was not rendered yet.", waiting=", ".join(map(str, waiting))),
            tr("Leave out --chunk: --resume renders what is left."),
        )
    return True


def _same_chunks(status: JobStatus, chunk_ids: tuple[int, ...]) -> bool:
    """Return whether the render was limited to these chunks, and some of them are left."""
    selected = status.options.chunk_ids
    return selected is not None and set(selected) == set(chunk_ids) and not status.has_completed(selected)


def _differing_options(found: JobStatus, request: RenderRequest) -> Iterator[str]:
    """Yield the options that cannot be changed and differ from the render's, each with the render's own value."""
    if request.output is not None and os.path.realpath(request.output) != os.path.realpath(found.summary.output):
        yield tr("--output was {output}", output=found.summary.output)
    if request.merge is not None and request.merge != found.options.merge:
        yield tr("it was started with --merge") if found.options.merge else tr("it was started with --no-merge")
