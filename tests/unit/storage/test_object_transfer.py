"""Downloads whose source sends less than it says, or cannot tell what a part belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from helios_gui.storage import object_transfer
from helios_gui.storage.object_transfer import Incoming, InterruptedTransferError, ObjectDownload
from helios_gui.utils.work_threads import Stop

DATA = b"frames of a film" * 10


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_transfer, "pause_before", lambda retry: 0.0)


def source(sha256: str, most: int, opened: list[int]) -> Callable[[int], AbstractContextManager[Incoming]]:
    """Return a source that sends ``most`` bytes at a time, and then nothing more, without an error."""

    @contextmanager
    def open_at(offset: int) -> Iterator[Incoming]:
        opened.append(offset)
        yield Incoming(len(DATA), sha256, iter([DATA[offset : offset + most]]))

    return open_at


def test_what_ends_too_early_is_continued(tmp_path: Path) -> None:
    opened: list[int] = []
    checksum = hashlib.sha256(DATA).hexdigest()
    ObjectDownload(source(checksum, 60, opened), "film", Stop(), lambda count: None).save(tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == DATA
    assert opened == [0, 60, 120]


def test_what_never_gets_on_is_given_up(tmp_path: Path) -> None:
    opened: list[int] = []
    with pytest.raises(InterruptedTransferError, match="arrived with 0 of 160 bytes"):
        ObjectDownload(source("", 0, opened), "film", Stop(), lambda count: None).save(tmp_path / "film")
    assert not list(tmp_path.iterdir())


def test_a_part_that_no_checksum_tells_of_is_not_continued(tmp_path: Path) -> None:
    (tmp_path / "film.part").write_bytes(b"another film")
    opened: list[int] = []
    ObjectDownload(source("", 1000, opened), "film", Stop(), lambda count: None).save(tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == DATA
    assert opened == [12, 0]
