"""Which colours of frames a BT.709 video can show without a choice that only the artist can make."""

from __future__ import annotations

from helios_gui.media.frame_files import LINEAR, LOGARITHMIC
from helios_gui.translation import mark, tr
from helios_gui.types import StreamInfo

BT709 = "bt709"
OTHER_COLOURS = mark("Render frames for a BT.709 screen, or name a merge command of your own that converts them.")


def why_not_for_screens(picture: StreamInfo) -> str:
    """Return in words why a video would show wrong colours of such frames; empty where it does not.

    What is usual for a screen has no tag in ``picture.colour``, see ``frame_files.check_frames``.
    """
    transfer, primaries = picture.colour.transfer, picture.colour.primaries
    if transfer == LOGARITHMIC:
        return tr("The frames hold logarithmic values, as of scanned film.")
    if transfer not in ("", LINEAR):
        return tr("The frames have the transfer {transfer}, not that of BT.709.", transfer=transfer)
    if primaries:
        return tr("The frames have the primaries {primaries}, not those of BT.709.", primaries=primaries)
    return ""
