"""The list of segments that FFmpeg's concat demuxer reads."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

_MICROSECONDS = 1_000_000


def write_concat_list(path: Path, segments: Sequence[Path], frames: Sequence[int], rate: Fraction, links: Path) -> None:
    """Write the list to ``path``: each segment with the time its frames take at ``rate`` (frames per second).

    The times keep the segments on the frame grid however many there are: each is rounded so that the sum is
    exact. Names with a line break, which the list cannot hold, are reached through links made in ``links``, a
    folder beside the list.
    """
    lines = ["ffconcat version 1.0"]
    done = 0
    for index, (segment, count) in enumerate(zip(segments, frames, strict=True)):
        start, end = (round(total * _MICROSECONDS / rate) for total in (done, done + count))
        done += count
        lines.append(f"file {quote(_listable(segment.absolute(), links, index))}")
        lines.append(f"duration {(end - start) // _MICROSECONDS}.{(end - start) % _MICROSECONDS:06d}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n", errors="surrogateescape")


def quote(name: str) -> str:
    """``name`` as one word of the list: within ``'`` everything is literal but ``'`` itself."""
    return "'" + name.replace("'", r"'\''") + "'"


def _listable(segment: Path, links: Path, index: int) -> str:
    if not {"\n", "\r"} & set(str(segment)):
        return str(segment)
    link = links / f"{index}{segment.suffix}"
    if not link.is_symlink():  # the list of sounds meets the same names as the list of pictures
        link.symlink_to(segment)
    return f"{links.name}/{link.name}"
