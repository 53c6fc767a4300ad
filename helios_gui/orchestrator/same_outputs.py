"""Chunks whose outputs are the same, byte for byte: usually of a renderer that does not heed its frame range."""

from __future__ import annotations

from collections import defaultdict

from helios_gui.media.frame_files import frames_in_words
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import tr_count

_MOST_GROUPS = 3


def with_same_outputs_note(report: str, job: LiveJob) -> str:
    """Return what was made, and which chunks have the same content as an earlier one.

    Only digests that were recorded when the chunks were made are compared: nothing is read. Single frames may well be
    equal, so chunks of one frame are left out.
    """
    chunks: defaultdict[tuple[int, str], list[LiveChunk]] = defaultdict(list)
    for chunk in job.chunks:
        if chunk.made is not None and chunk.made.digest and chunk.spec.frame_count > 1:
            chunks[chunk.made.size, chunk.made.digest].append(chunk)
    groups = [same for same in chunks.values() if len(same) > 1]
    notes = [
        tr_count(
            "chunk {others} is the same as chunk {first}, byte for byte: either nothing moves there, or the renderer "
            "does not heed its frame range",
            "chunks {others} are the same as chunk {first}, byte for byte: either nothing moves there, or the renderer "
            "does not heed its frame range",
            len(others),
            others=frames_in_words([chunk.spec.id for chunk in others]),
            first=first.spec.id,
        )
        for first, *others in groups[:_MOST_GROUPS]
    ]
    return "; ".join((report, *notes))
