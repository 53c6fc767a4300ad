"""The chunks of a job that failed, as the sentence a person reads."""

from __future__ import annotations

from collections.abc import Sequence

from helios_gui.translation import tr


def failed_chunks_in_words(causes: Sequence[tuple[int, str]], total: int) -> str:
    """Return a sentence on the chunks (id, cause) that failed, out of ``total``."""
    first_id, first_cause = causes[0]
    if len(causes) == 1:
        return tr("Chunk {first_id} failed: {first_cause}", first_id=first_id, first_cause=first_cause)
    return tr(
        "{count:,} of {total:,} chunks failed; the first is chunk {first_id}: {first_cause}",
        count=len(causes),
        total=total,
        first_id=first_id,
        first_cause=first_cause,
    )
