"""Read foreign media files in child processes, so that a file that crashes a library costs only its own chunk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from helios_gui.media import media_probe
from helios_gui.process.isolated_calls import IsolatedCallError, IsolatedCalls
from helios_gui.translation import tr
from helios_gui.types import MediaInfo, VerificationError
from helios_gui.utils.work_threads import Stop

Found = TypeVar("Found")


class MediaReader:
    """Does what ``media_probe`` does, in processes of its own. For any number of threads; close it when done."""

    def __init__(self) -> None:
        self._calls = IsolatedCalls()

    def probe(self, path: Path, stop: Stop | None = None) -> MediaInfo:
        """Return what ``media_probe.probe`` finds (blocking); raise what it raises.

        Raises:
            VerificationError: Also when reading the file crashes, or does not come to an end.
        """
        return self.read(media_probe.probe, path, stop)

    def count_frames(self, path: Path, stop: Stop | None = None) -> int | None:
        """Return what ``media_probe.count_frames`` finds (blocking); raise what ``probe`` raises."""
        return self.read(media_probe.count_frames, path, stop)

    def read(self, function: Callable[[Path, Stop | None], Found], path: Path, stop: Stop | None) -> Found:
        """Return ``function(path, stop)``, called in a process of its own (blocking); raise what it raises.

        Raises:
            VerificationError: The call crashed, or did not come to an end.
        """
        try:
            return self._calls.call(function, path.absolute(), stop=stop)
        except IsolatedCallError as error:
            raise VerificationError(
                tr("{path} cannot be read: the process that read it failed, as {error}.", path=path.name, error=error),
                tr(
                    "The file may be damaged, or of a kind that the media library cannot read. Render it again, "
                    "perhaps in another format."
                ),
            ) from error

    def close(self) -> None:
        """End the processes."""
        self._calls.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
