"""Which files are taken for video by their name, so that their frames are counted before they are trusted."""

from __future__ import annotations

from pathlib import PurePath

VIDEO_SUFFIXES = frozenset(
    {
        ".3gp",
        ".avi",
        ".flv",
        ".gif",
        ".m2ts",
        ".m4v",
        ".mkv",
        ".mov",
        ".mp4",
        ".mpeg",
        ".mpg",
        ".mts",
        ".mxf",
        ".nut",
        ".ogv",
        ".ts",
        ".webm",
        ".wmv",
    }
)


def is_media_name(path: PurePath) -> bool:
    """Whether the file's suffix promises video."""
    return path.suffix.lower() in VIDEO_SUFFIXES
