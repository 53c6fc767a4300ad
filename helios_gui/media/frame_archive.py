"""The frames of a chunk as one file, as they are stored in a cloud: an uncompressed tar file of their names alone."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from helios_gui.translation import mark, tr
from helios_gui.types import VerificationError

ARCHIVE_NAME = "frames.tar"

_BLOCK = 1024 * 1024
_AGAIN = mark("Render the chunk again.")


def pack_frames(files: Sequence[Path], archive: Path) -> None:
    """Put files into an archive, without owners and times, so that the same frames make the same one. Blocking.

    Raises ``OSError``.
    """
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for file in files:
            entry = tarfile.TarInfo(file.name)
            entry.size = file.stat().st_size
            with file.open("rb") as content:
                tar.addfile(entry, content)


def unpack_frames(archive: Path, files: Collection[Path]) -> None:
    """Take exactly these files out of an archive, each to its own path, and remove the archive. Blocking.

    Nothing else that the archive may hold, by whatever name, is written anywhere.

    Raises:
        VerificationError: It is no archive, or one of the files is not in it.
        OSError: A file cannot be written.
    """
    wanted = {file.name: file for file in files}
    try:
        with tarfile.open(archive, "r:") as tar:
            for entry in tar:
                is_plain = entry.isreg() and not entry.issparse()  # a sparse one may be larger than any disk
                content = tar.extractfile(entry) if is_plain and entry.name in wanted else None
                if content is not None:
                    with content, wanted.pop(entry.name).open("wb") as target:
                        shutil.copyfileobj(content, target, _BLOCK)
    except (tarfile.TarError, EOFError, ValueError, ArithmeticError, LookupError) as error:  # tarfile lets them through
        raise VerificationError(
            tr("The frames that came home cannot be unpacked: {error}.", error=error), tr(_AGAIN)
        ) from error
    finally:
        with suppress(OSError):
            archive.unlink()
    if wanted:
        raise VerificationError(
            tr("Frames are missing in what came home: {names}.", names=", ".join(sorted(wanted)[:5])), tr(_AGAIN)
        )
