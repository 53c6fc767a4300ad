from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from helios_gui.process.process_identity import is_alive, this_process
from tests.support.waiting import wait_until


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts from boot")
def test_a_clock_that_is_set_does_not_make_a_living_process_look_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    name, begun = this_process(), psutil.Process().create_time()
    booted = psutil.boot_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: booted + 5)
    assert abs(psutil.Process().create_time() - begun) > 4, "otherwise this test shows nothing"
    assert is_alive(name)


def test_a_process_that_has_ended_is_dead_before_its_parent_hears_of_it() -> None:
    code = "from helios_gui.process.process_identity import this_process; print(this_process(), flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert name.startswith(f"{child.pid}@")
        assert is_alive(name)
        os.kill(child.pid, 9)
        wait_until(lambda: not is_alive(name))
        assert child.returncode is None
    finally:
        child.kill()
        child.communicate()
    assert not is_alive(name)
