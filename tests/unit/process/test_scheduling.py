"""No library makes this process, its threads or its children stop the rest of the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import av
import pytest

from helios_gui.process.scheduling import usual_scheduling

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="real-time priorities are Linux's")


def policies() -> set[int]:
    return {os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}


def test_svt_av1_leaves_the_scheduling_as_it_was(tmp_path: Path) -> None:
    before = os.sched_getscheduler(0)
    with av.open(str(tmp_path / "film.mp4"), "w") as output:
        stream = output.add_stream("libsvtav1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        with usual_scheduling():
            stream.codec_context.open()
        assert policies() == {before}
        for packet in stream.encode(av.VideoFrame(64, 64, "yuv420p")):
            output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    assert policies() == {before}
