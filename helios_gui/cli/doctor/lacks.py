"""What this machine lacks of that which other promises rest on: encoders, locks, marks of processes, a keyring."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from helios_gui.cli.doctor.check_result import CheckResult, CheckStatus
from helios_gui.media.ffmpeg import find_ffmpeg, find_ffmpeg_for, libavformat_of
from helios_gui.media.presets import read_presets
from helios_gui.process.attempt_mark import can_mark
from helios_gui.stitcher.codecs import asked_encoder, audio_encoder
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.os_lock import FileLock

_PICTURES = ("h264", "hevc", "av1", "vp8", "vp9", "prores", "dnxhd", "qtrle", "png", "ffv1", "mpeg4")
_SOUNDS = ("aac", "ac3", "alac", "flac", "mp3", "opus", "vorbis")
_LIBAVFORMAT_OF_FFMPEG_8 = 62


def check_lacks(data: Path) -> Iterator[CheckResult]:
    """Run the checks; ``data`` is the folder of the journal."""
    yield _encoders()
    yield _locks(data)
    yield _marks()
    yield _keyring()


def _encoders() -> CheckResult:
    """Look for all encoders of presets, and those with which chunks are encoded anew."""
    wanted = {*map(asked_encoder, _PICTURES), *map(audio_encoder, _SOUNDS)}
    for found in read_presets().found.values():
        wanted |= {part.encoder for part in (found.preset.video, found.preset.audio) if part is not None}
    try:
        is_new = libavformat_of(find_ffmpeg()) >= _LIBAVFORMAT_OF_FFMPEG_8
    except UserInputError as error:
        return CheckResult(tr("Encoders"), CheckStatus.WARNING, str(error), error.hint)
    missing = sorted(name for name in wanted if not _has(name))
    if missing:
        return CheckResult(
            tr("Encoders"),
            CheckStatus.WARNING,
            tr("ffmpeg was built without {encoders}", encoders=", ".join(missing)),
            tr("Jobs that need one of them are refused before they are rendered. Install an ffmpeg that has them."),
        )
    hint = tr(
        "Before FFmpeg 8, the light levels of HDR10 are kept in H.264, HEVC and AV1 alone; a job's report says so."
    )
    every = tr("all {number} that presets and joins take", number=len(wanted))
    return CheckResult(tr("Encoders"), CheckStatus.OK, every, "" if is_new else hint)


def _has(encoder: str) -> bool:
    try:
        find_ffmpeg_for([encoder])
    except UserInputError:
        return False
    return True


def _locks(folder: Path) -> CheckResult:
    try:
        lock = FileLock.take(folder / f".doctor-{os.getpid()}")
    except OSError as error:
        return CheckResult(
            tr("Locks"),
            CheckStatus.WARNING,
            tr("{folder} has none: {reason}", folder=folder, reason=error.strerror or error),
            tr("Run one process of Helios at a time, or keep its data on a disk of this machine."),
        )
    if lock is not None:
        lock.release()
    return CheckResult(tr("Locks"), CheckStatus.OK, tr("several processes can share the queue"))


def _marks() -> CheckResult:
    if can_mark():
        return CheckResult(tr("Processes"), CheckStatus.OK, tr("marked: daemons of a chunk end with it, too"))
    return CheckResult(
        tr("Processes"),
        CheckStatus.WARNING,
        tr("cannot be marked: a daemon that empties its environment outlives its chunk"),
        tr("Only Linux can mark them. Renderers that start no such daemons are ended as a whole everywhere."),
    )


def _keyring() -> CheckResult:
    import keyring
    from keyring.backends import chainer, fail

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring) or (isinstance(backend, chainer.ChainerBackend) and not backend.backends):
        return CheckResult(
            tr("Keyring"),
            CheckStatus.WARNING,
            tr("none: secrets are read from environment variables alone"),
            tr("Install one, such as GNOME Keyring or KWallet, to keep tokens there."),
        )
    return CheckResult(tr("Keyring"), CheckStatus.OK, backend.name)
