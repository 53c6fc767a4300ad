"""Pictures of nothing: a page of which all frames show one colour may lack its script."""

from __future__ import annotations

from helios_gui.translation import tr
from helios_gui.web.picture_pixels import decode_picture


class OneColor:
    """Finds out whether all pictures are the same and show one colour and nothing else."""

    def __init__(self) -> None:
        self._first = b""
        self._are_same = True

    def add(self, picture: bytes) -> None:
        """Take the next picture, PNG or QOI."""
        self._first = self._first or picture
        self._are_same = self._are_same and picture == self._first

    def remark(self) -> str | None:
        """Return what to say of all pictures; ``None`` where they show something."""
        if not self._first or not self._are_same or not _shows_one_color(self._first):
            return None
        return (
            tr("All of these frames show one colour and nothing else.")
            + " "
            + tr("If that is not what you see in a browser, look at what the page prints, and at what it loads.")
        )


def _shows_one_color(picture: bytes) -> bool:
    frame = decode_picture(picture, "rgba")
    plane = frame.planes[0]
    data, row = memoryview(plane), plane.line_size
    first = bytes(data[:4]) * frame.width
    return all(data[start : start + len(first)] == first for start in range(0, row * frame.height, row))
