"""Everybody hears everything, and nobody can harm the others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from helios_gui.orchestrator.subscribers import Subscribers
from helios_gui.types import Event, JobRemoved

BATCH = [JobRemoved("job")]


def test_one_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    subscribers = Subscribers()
    heard: list[Event] = []

    def broken(events: Sequence[Event]) -> None:
        raise ValueError("broken window")

    subscribers.add(broken)
    subscribers.add(heard.extend)
    subscribers.publish(BATCH)
    assert heard == BATCH
    assert "a subscriber failed" in caplog.text


def test_the_same_callback_twice_and_ended_twice() -> None:
    subscribers = Subscribers()
    heard: list[Event] = []
    first = subscribers.add(heard.extend)
    subscribers.add(heard.extend)
    subscribers.publish(BATCH)
    assert heard == BATCH * 2
    first()
    first()
    subscribers.publish(BATCH)
    assert heard == BATCH * 3


def test_subscribing_and_ending_from_within() -> None:
    subscribers = Subscribers()
    heard: list[str] = []

    def ends_the_other(events: Sequence[Event]) -> None:
        heard.append("first")
        end()
        subscribers.add(lambda events: heard.append("new"))

    subscribers.add(ends_the_other)
    end = subscribers.add(lambda events: heard.append("ended"))
    subscribers.publish(BATCH)
    assert heard == ["first"]
