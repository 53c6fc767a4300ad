"""What fits into which container: found by really putting a few frames into one and looking at what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

from helios_gui.media.frame_order import (
    FrameOrder,
    StoredFrames,
    decoded_frames,
    frame_order,
    is_even,
    order_of,
    stored_packets,
)
from helios_gui.media.picture_digest import digest_of
from helios_gui.stitcher import codecs
from helios_gui.stitcher.splice import ContainerForm, Splice, splice
from helios_gui.translation import mark, tr
from helios_gui.types import StitchError
from helios_gui.utils.work_threads import Stop

_TRIAL_FRAMES = 9
"""Of each piece: more than a usual group of B-frames."""
_START_CODES = frozenset({".avi", ".mpg", ".mpeg", ".vob", ".mxf", ".ts", ".m2ts", ".mts"})
"""Containers whose H.264, HEVC and MPEG-4 says everywhere what others say once, beside the frames."""
_START_CODE_FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb", "mpeg4": "dump_extra"}
_WITH_UNSEEN = frozenset({".webm", ".mkv"})
"""Containers in which a frame that is not shown may have the time of the next."""
_WITH_FILE_HEADERS = frozenset({"gif", "apng"})
"""Codecs whose packets repeat the beginning of their file: FFmpeg reads several in a row, other programs do not."""
_ANEW = mark("Render it again, or let the stitcher encode the chunks anew.")
_OTHER_NAMES = (".mov", ".mkv", ".mp4", ".webm", ".avi", ".mxf")


@dataclass(frozen=True, slots=True)
class Copying:
    """How the frames of all pieces are copied."""

    form: ContainerForm
    orders: tuple[FrameOrder, ...]


class CannotCopyError(StitchError):
    """The frames cannot go into the container as they are; encoded anew they can."""


def plan_copy(
    pieces: Sequence[Path],
    rate: Fraction,
    trial: Path,
    stop: Stop,
    *,
    stored: Sequence[StoredFrames | None] = (),
) -> Copying:
    """Return how ``pieces`` are copied into one file with the suffix of ``trial``, a place for a trial (blocking).

    Args:
        pieces: Files whose first videos are of one kind.
        rate: Frames per second of the result.
        trial: A file that is made and removed again.
        stop: Ends the work.
        stored: How each piece stores its frames, where that is known: those pieces are not read again.

    Raises:
        CannotCopyError: They cannot be copied.
    """
    try:
        orders = tuple(_checked_order(piece, known, stop) for piece, known in zip_longest(pieces, stored))
        if trial.suffix not in _WITH_UNSEEN and any(order.unseen for order in orders):
            raise CannotCopyError(
                tr("A {suffix} file shows frames of VP8 video that are not to be shown.", suffix=trial.suffix),
                tr("Choose another output name ({names}), or let the stitcher encode it anew.", names=".webm, .mkv"),
            )
        if trial.suffix not in codecs.WITH_REPEATS and any(order.repeats for order in orders):
            raise CannotCopyError(
                tr("A {suffix} file does not hold frames that only repeat the one before.", suffix=trial.suffix),
                tr("Choose another output name ({names}).", names=".ogv"),
            )
        return Copying(find_container_form(pieces, rate, trial, stop), orders)
    except ValueError as error:
        raise CannotCopyError(f"{error}.", tr(_ANEW)) from error


def _checked_order(piece: Path, stored: StoredFrames | None, stop: Stop) -> FrameOrder:
    with _errors_name_piece(piece):
        order = frame_order(piece, stop) if stored is None else order_of(stored, piece, stop)
    if order.hidden:
        raise CannotCopyError(
            tr("{piece} hides {hidden} of its frames with an edit list.", piece=piece.name, hidden=order.hidden),
            tr(_ANEW),
        )
    if not order.stands_alone:
        raise CannotCopyError(
            tr("{piece} begins with frames that need frames from before its beginning.", piece=piece.name), tr(_ANEW)
        )
    if order.uneven:
        off = tr("{uneven:.0f} ms", uneven=float(order.uneven * 1000))
        raise CannotCopyError(
            tr("{piece} shows its frames at uneven times (up to {off} from a steady rate).", piece=piece.name, off=off),
            tr(
                "Render it again at a steady rate, or let the stitcher encode the chunks anew: then all frames are "
                "shown equally long."
            ),
        )
    return order


def find_container_form(pieces: Sequence[Path], rate: Fraction, target: Path, stop: Stop) -> ContainerForm:
    """Return how ``pieces`` are copied into a file with the suffix of ``target`` (blocking).

    The first frames of the first two and of the last piece are put into ``target``, which is made, decoded again and
    removed.

    Args:
        pieces: Files whose first videos are of one kind.
        rate: Frames per second of the result.
        target: Where the trial is made.
        stop: Ends the work.

    Raises:
        CannotCopyError: It does not take them, or what comes out are not the same pictures at a steady rate.
    """
    import av.error

    tried = tuple(dict.fromkeys((*pieces[:2], pieces[-1])))
    codec, tag = _codec_of(tried[0])
    suffix = target.suffix.lower()
    if not codecs.fits_container(codec, suffix):
        raise does_not_fit(codec, suffix)
    if codec in _WITH_FILE_HEADERS and len(pieces) > 1:
        raise does_not_fit(codec, suffix, tr("each file has colours of its own"))
    wanted = [digest for piece in tried for digest in _first_digests(piece, stop)]
    orders = tuple(frame_order(piece, stop, _TRIAL_FRAMES) for piece in tried)
    reason = ""
    for form in _container_forms(codec, tag, suffix):
        try:
            splice(Splice(tried, orders, rate, form), target, stop)
            problem = _trial_problem(target, wanted, rate, stop)
        except (StitchError, ValueError, OSError, av.error.FFmpegError) as error:
            cause = error.__cause__ or error
            said = getattr(cause, "strerror", None) or str(cause)
            problem = tr("FFmpeg says “{said}”", said=said.rstrip("."))
        finally:
            target.unlink(missing_ok=True)
        if not problem:
            return form
        reason = reason or problem
    raise does_not_fit(codec, suffix, reason)


def _first_digests(piece: Path, stop: Stop) -> list[bytes]:
    with _errors_name_piece(piece):
        return [digest_of(frame) for frame in decoded_frames(piece, stop, _TRIAL_FRAMES)]


@contextmanager
def _errors_name_piece(piece: Path) -> Iterator[None]:
    """Say which piece cannot be decoded, where FFmpeg only says that something cannot."""
    import av.error

    try:
        yield
    except av.error.FFmpegError as error:
        reason = error.strerror or str(error)
        raise CannotCopyError(
            tr("The frames of {piece} cannot be decoded: {reason}.", piece=piece.name, reason=reason),
            tr("Look whether it plays; it may be damaged or encrypted. Render it again."),
        ) from error


def _codec_of(piece: Path) -> tuple[str, str]:
    context = next(stored_packets(piece)).stream.codec_context
    return context.codec.canonical_name, context.codec_tag


def _container_forms(codec: str, tag: str, suffix: str) -> Iterator[ContainerForm]:
    """Yield the ways that are worth a trial, the best first."""
    own = tag if tag.isprintable() and tag.isascii() else ""  # it says of raw pictures how their pixels lie
    tags = [own, ""] if suffix in codecs.MOV_FAMILY else ["", own]
    if codec == "hevc" and suffix in codecs.MOV_FAMILY:
        # QuickTime and browsers take it under no other name; FFmpeg writes those of Dolby Vision into .mp4 alone.
        tags = [own, "hvc1"] if own.startswith("dv") else ["hvc1"]
    start_codes = _START_CODE_FILTERS.get(codec, "") if suffix in _START_CODES else ""
    for bitstream_filter in dict.fromkeys((start_codes, "")):
        for each in dict.fromkeys(tags):
            yield ContainerForm(each, bitstream_filter)


def _trial_problem(made: Path, wanted: Sequence[bytes], rate: Fraction, stop: Stop) -> str:
    """Say what is wrong with the trial; nothing is where it shows the wanted pictures at a steady rate."""
    digests, times = [], []
    for frame in decoded_frames(made, stop):
        time = frame.dts if frame.pts is None else frame.pts
        digests.append(digest_of(frame))
        times.append(0 if time is None else time)
    repeats = [packet.pts or 0 for packet in stored_packets(made) if not packet.size]
    if digests != wanted:
        return tr("what comes out are not the pictures that were put in")
    tick = next(stored_packets(made)).stream.time_base or rate
    if times != sorted(times) or not is_even([*times, *repeats], tick, rate):
        return tr("the frames would not be shown at a steady rate")
    return ""


def does_not_fit(codec: str, suffix: str, reason: str = "") -> CannotCopyError:
    """Return the error that says so, with names that would do."""
    names = [name for name in _OTHER_NAMES if name != suffix and codecs.fits_container(codec, name)]
    other = (
        tr("Choose another output name ({names})", names=" or ".join(names[:2]))
        if names
        else tr("Choose another output name")
    )
    because = f": {reason}" if reason else ""
    return CannotCopyError(
        tr(
            "{codec} video cannot be put into a {suffix} file as it is{because}.",
            codec=codec,
            suffix=suffix,
            because=because.rstrip("."),
        ),
        tr("{other}, or let the stitcher encode it anew.", other=other),
    )


def loses_alpha(codec: str, suffix: str) -> CannotCopyError:
    """Return the error that says that the container would drop the transparency of ``codec``, which is VP8 or VP9."""
    names = " or ".join(sorted(codecs.BESIDE_ALPHA))
    return CannotCopyError(
        tr("A {suffix} file does not keep the transparency of {codec} video.", suffix=suffix, codec=codec),
        tr("Choose another output name ({names}), or let the stitcher encode it anew.", names=names),
    )
