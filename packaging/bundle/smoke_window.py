"""What the frozen app does in its window."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from screen import Screen, open_screen, wait_for
from smoke_app import PATIENCE, App, SmokeError
from smoke_terminal import TELL_ENVIRONMENT, check_environment
from test_card import Card, find_card

from helios_gui import product

_FRAMES = 5
_LOOK = 5.0


def render_and_play(app: App) -> str:
    """Drop the example in, press Render, agree, and watch the video play; then leave as a person would."""
    job = Path(app.run("example", app.folder / "window").strip())
    launcher = app.programs / "xdg-open"
    opened = app.folder / "opened"
    launcher.write_text(f"#!/bin/sh\n{TELL_ENVIRONMENT} {opened}\n")
    launcher.chmod(0o755)
    home = str(app.home / "window")
    with (
        open_screen(managed=True) as screen,
        app.started(job, DISPLAY=screen.display, HELIOS_HOME=home) as process,
        _picture_of_failure(screen),
    ):
        _render(screen, job)
        found = _watch(screen)
        screen.press("ctrl+shift+f")  # show in folder
        wait_for(lambda: opened.is_file() and opened.stat().st_size, "the folder to be shown", PATIENCE)
        screen.press("ctrl+q")
        code = process.wait(PATIENCE)
    app.check_silence()
    if code != 0:
        raise SmokeError(f"the window ended with {code}")
    check_environment(app, opened)
    return found


def stays_open(app: App) -> str:
    """Elsewhere: the window opens with the example, is there a while later, and has nothing to say."""
    job = app.run("example", app.folder / "window").strip()
    with app.started(job) as process:
        time.sleep(_LOOK)
        if process.poll() is not None:
            raise SmokeError(
                f"the window closed at once, with {process.returncode}: {app.printed('errors').read_text()}"
            )
        app.check_silence()
    return f"was open on {sys.platform} after {_LOOK:.0f} seconds"


def _render(screen: Screen, job: Path) -> None:
    """Ask for the render until it is asked back whether to run the job, and agree."""
    wait_for(lambda: screen.window(product.NAME), "the window", PATIENCE)

    def ask() -> str:
        screen.activate(screen.window(product.NAME))
        screen.press("ctrl+r")  # does nothing before the job is in the queue
        return screen.window("Run this job")

    wait_for(ask, "the question whether to run the job", PATIENCE, pause=1.0)
    question = screen.window("Run this job")
    screen.activate(question)
    wait_for(lambda: screen.active_window() == question, "the question to take the keyboard", PATIENCE)
    screen.press("shift+Tab", "space")  # from “Cancel” to “Run”
    wait_for(lambda: any(job.parent.glob("*.mov")), "the first chunk's file", PATIENCE)


def _watch(screen: Screen) -> str:
    """Wait for the test card, and for frames of it that differ."""
    cards: list[Card] = []

    def look() -> bool:
        card = find_card(screen.picture())
        cards.extend([card] if card else [])
        return card is not None

    wait_for(look, "a frame of the video on the screen", PATIENCE, pause=0.5)
    frames: set[int] = set()

    def collect() -> bool:
        frame = cards[0].frame(screen.picture())
        frames.update(() if frame is None else (frame,))
        return len(frames) >= _FRAMES

    wait_for(collect, f"the video to play on after frame {sorted(frames)}", PATIENCE, pause=0.05)
    return f"the video plays, {cards[0].scale:.2f} times its size; seen: frames {sorted(frames)} (of each 80)"


@contextmanager
def _picture_of_failure(screen: Screen) -> Iterator[None]:
    """Leave the screen's picture where somebody can look at it, when something fails."""
    try:
        yield
    except Exception:
        path = Path(os.environ.get("SMOKE_PICTURE") or Path(tempfile.gettempdir(), "smoke-failed.png"))
        screen.picture().save(path)
        print(f"the screen at that moment: {path}")
        raise
