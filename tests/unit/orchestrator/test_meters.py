"""Speed and time to go from what was measured."""

from __future__ import annotations

import pytest

from helios_gui.orchestrator.meters import SpeedMeter


def test_speed_and_eta_of_a_steady_job() -> None:
    meter = SpeedMeter()
    for tenth in range(100):
        meter.sample(tenth / 10, tenth * 3)
    assert meter.frames_per_second() == pytest.approx(30, rel=0.05)
    assert meter.eta(300) == pytest.approx(10, rel=0.05)


def test_nothing_is_said_too_early() -> None:
    meter = SpeedMeter()
    assert meter.eta(10) is None
    meter.sample(0, 0)
    meter.sample(0.1, 5)
    assert meter.frames_per_second() is None
    meter.sample(2.0, 6)  # the renderer is still starting
    assert meter.frames_per_second() is None
    meter.sample(4.0, 66)
    assert meter.frames_per_second() == pytest.approx(16.5)


def test_only_the_last_seconds_count() -> None:
    meter = SpeedMeter()
    for second in range(60):
        meter.sample(second, second * 100)
    for second in range(60, 100):
        meter.sample(second, 5900 + (second - 59))
    assert meter.frames_per_second() == pytest.approx(1, rel=0.05)


def test_lost_work_starts_anew() -> None:
    meter = SpeedMeter()
    for second in range(5):
        meter.sample(second, second * 10)
    meter.sample(5, 20)
    assert meter.frames_per_second() is None
