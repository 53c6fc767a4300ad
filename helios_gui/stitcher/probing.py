"""Looking into files in processes of their own; what is wrong with them is a ``StitchError``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher.progress import Stage
from helios_gui.types import StitchError, VerificationError
from helios_gui.utils.work_threads import Stop

Found = TypeVar("Found")
Piece = TypeVar("Piece")


def in_process(reader: MediaReader, work: Callable[[Path, Stop], Found], path: Path, stop: Stop) -> Found:
    """Return ``work(path, stop)``, done in a process of its own. A crash there is a ``StitchError``."""
    try:
        return reader.read(work, path, stop)
    except VerificationError as error:
        raise StitchError(str(error), error.hint) from error


async def probe_each(
    pieces: Sequence[Piece], probe: Callable[[Piece], Awaitable[Found]], stage: Stage
) -> tuple[list[Found], list[VerificationError]]:
    """Return what is found in each piece, and what is wrong with those that cannot be used, both in order.

    Args:
        pieces: What is looked at, all at once: ``probe`` is to wait for its turn.
        probe: Returns what is in a piece, or raises ``VerificationError``.
        stage: Is called with the share that is done.
    """
    done = 0

    async def safely(piece: Piece) -> Found | VerificationError:
        nonlocal done
        try:
            return await probe(piece)
        except VerificationError as error:
            return error
        finally:
            done += 1
            stage(done / len(pieces))

    results = await asyncio.gather(*map(safely, pieces))
    unusable = [result for result in results if isinstance(result, VerificationError)]
    return [result for result in results if not isinstance(result, VerificationError)], unusable
