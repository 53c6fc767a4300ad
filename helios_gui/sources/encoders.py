"""Codecs of videos that are made of image sequences, as people choose them."""

from __future__ import annotations

from helios_gui.translation import tr
from helios_gui.types import UserInputError

ENCODERS = {
    "h264": ("libx264", ".mp4"),
    "h265": ("libx265", ".mp4"),
    "vp9": ("libvpx-vp9", ".webm"),
    "prores": ("prores_ks", ".mov"),
    "png": ("png", ".mov"),
}
"""Names of codecs as for web pages, their encoders, and the suffix of their videos."""

OPAQUE = ("h264", "h265")
"""Those of ``ENCODERS`` that keep no transparency."""


def encoder_of(codec: str, suffix: str) -> tuple[str, str]:
    """Return the encoder of a video, empty for the usual one of its suffix, and the suffix by default.

    Args:
        codec: A name in ``ENCODERS``; empty for the usual one.
        suffix: By default where no codec is named.

    Raises:
        UserInputError: There is no such codec.
    """
    if not codec:
        return "", suffix
    if codec not in ENCODERS:
        raise UserInputError(
            tr("There is no codec “{codec}”.", codec=codec), tr("There are: {names}.", names=", ".join(ENCODERS))
        )
    return ENCODERS[codec]
