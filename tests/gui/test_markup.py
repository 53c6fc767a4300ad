"""Names, reasons and paths that look like markup: all widgets show them as they are, and load no file of theirs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import QAbstractListModel, QPoint, Qt
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QToolTip
from pytestqt.qtbot import QtBot

from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.types import JobState
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.widgets.tooltips import plain_tooltip
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted

might_be_rich = QtGui.Qt.mightBeRichText  # type: ignore[attr-defined]
_ROLES = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.WhatsThisRole)


def read_as_markup() -> Iterator[str]:
    """All texts of all widgets that Qt would take for markup, each with the widget's kind."""
    for widget in QApplication.allWidgets():
        kind = widget.metaObject().className()
        texts = [widget.toolTip(), widget.whatsThis(), *(action.toolTip() for action in widget.findChildren(QAction))]
        if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
            texts.append(widget.text())
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
            cells = [(row, column) for row in range(model.rowCount()) for column in range(columns)]
            texts += [str(model.index(*cell).data(role) or "") for cell in cells for role in _ROLES]
        yield from (f"{kind}: {text}" for text in texts if might_be_rich(text))


def is_shown(what: str) -> bool:
    """Whether a widget has the text, as it is or as a tooltip."""
    found: list[str] = []
    for widget in QApplication.allWidgets():
        found.append(widget.toolTip())
        for name in ("text", "toPlainText"):
            with suppress(TypeError, RuntimeError):
                found.append(getattr(widget, name, str)())
    return any(what in text or plain_tooltip(what) in text for text in found)


async def test_a_hostile_job_and_profile_are_shown_as_they_are(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually, tmp_path: Path
) -> None:
    picture = tmp_path / "red.png"
    red = QImage(200, 100, QImage.Format.Format_RGB32)
    red.fill(QColor("red"))
    red.save(str(picture))
    markup = f"<img src='{picture}'><b>Trusted</b>"
    command = f"""{sys.executable} -c "print('<img src={picture}>'); raise SystemExit(3)" a.txt"""
    folder = tmp_path / "a<b>"
    folder.mkdir()
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "a.txt", "command": command}
    job = {"name": markup, "metadata": {"totalFrames": 1, "fps": 25, "width": 9, "height": 9}, "chunks": [chunk]}
    path = folder / "job.json"
    path.write_text(json.dumps({**job, "outputFile": "a &lt;b&gt;.mp4"}))
    async with open_window() as window:
        profile = CloudRunProfile(name="<i>farm</i>", service_url="https://a.example", storage_url="gs://b-c-d")
        profiles = window.engine.profiles
        profiles.save([*profiles.profiles(), profile], profiles.default_name)
        await add_trusted(window, path, eventually)
        window.commands.run_action(JobAction.RENDER, [window.queue.current_job])
        await eventually(lambda: window.queue.model.jobs()[0].state is JobState.FAILED)
        await eventually(lambda: is_shown(f"<img src={picture}>"))
        window.actions_of_window.settings.trigger()
        await eventually(lambda: bool(window.frame.findChildren(SettingsDialog)))
        assert is_shown(markup)
        assert "\n".join(read_as_markup()) == ""
        (dialog,) = window.frame.findChildren(SettingsDialog)
        dialog.reject()


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b>",
        "  <img src='/tmp/red.png'>",
        "<?xml version='1.0'?><b>x</b>",
        "<!DOCTYPE html><b>x",
        "a &lt;b&gt;",
        "<" * 3 + "b>",
        "<\u2060b>",
        "x" * 300 + "<b>x</b>",
        "<b " + "x" * 500 + ">",
        "<b\n>x",
    ],
)
def test_no_tooltip_is_markup(text: str) -> None:
    tip = plain_tooltip(text)
    assert not might_be_rich(tip)
    assert tip.replace("\u2060", "").replace("\n", "") == text.replace("\u2060", "").replace("\n", "")


def test_the_tests_own_eye_sees_markup() -> None:
    assert might_be_rich("<b>bold</b>")
    assert might_be_rich("a &lt;b&gt;")


def test_tooltips_stay_on_the_screen() -> None:
    tip = plain_tooltip("word " * 100_000)
    lines = tip.split("\n")
    assert len(lines) <= 41
    assert max(map(len, lines)) <= 120
    assert lines[-1] == "…"
    assert plain_tooltip("a\nb & c") == "a\nb & c"


def test_a_shown_tooltip_loads_no_picture(qtbot: QtBot, tmp_path: Path) -> None:
    picture = tmp_path / "red.png"
    red = QImage(200, 100, QImage.Format.Format_RGB32)
    red.fill(QColor("red"))
    red.save(str(picture))

    def red_points(text: str) -> int:
        QToolTip.showText(QPoint(50, 50), text)
        tips = [tip for tip in QApplication.topLevelWidgets() if tip.metaObject().className() == "QTipLabel"]
        (tip,) = [tip for tip in tips if tip.isVisible()]
        image = tip.grab().toImage()
        points = ((x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4))
        count = sum(image.pixelColor(x, y).red() > 200 and image.pixelColor(x, y).green() < 60 for x, y in points)
        QToolTip.hideText()
        qtbot.waitUntil(lambda: not QToolTip.isVisible())
        return count

    markup = f"<img src='{picture}'>"
    assert red_points(markup) > 0, "or this shows nothing"
    assert red_points(plain_tooltip(markup)) == 0
