"""A lock holds between processes and ends with its holder, however that ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from helios_gui.utils.os_lock import FileLock
from tests.support.waiting import wait_until

_HOLD = (
    "import sys; from pathlib import Path; from helios_gui.utils.os_lock import FileLock;"
    "lock = FileLock.take(Path(sys.argv[1])); print(lock is not None, flush=True); sys.stdin.read()"
)


def test_another_process_does_not_get_it_until_the_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    assert FileLock.take(path, wait=0.05) is None
    holder.kill()
    holder.communicate()
    wait_until(lambda: (lock := FileLock.take(path)) and (lock.release() or True))
    assert not path.exists()


def test_a_lock_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = FileLock.take(path)
    assert first is not None
    assert FileLock.take(path) is None
    path.unlink()
    second = FileLock.take(path)
    assert second is not None
    first.release(remove=False)
    assert FileLock.take(path) is None
    second.write(b"longer than what follows")
    second.write(b"short")
    assert path.read_bytes() == b"short"
    second.release()
    assert not path.exists()
