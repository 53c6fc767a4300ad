"""Joining chunks into one verified video, and looking into media files. Importing this loads no media library."""

from __future__ import annotations

from helios_gui.media.media_probe import probe
from helios_gui.media.media_verifier import MediaVerifier, is_media_name
from helios_gui.stitcher.ffmpeg_stitcher import FfmpegStitcher

__all__ = ["FfmpegStitcher", "MediaVerifier", "is_media_name", "probe"]
