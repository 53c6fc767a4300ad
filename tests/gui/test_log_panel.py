"""The log panel: attempts, following, searching, taking the text along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot

from helios_gui.types import Attempt
from helios_gui.ui.desktop import handover
from helios_gui.ui.logs.attempts import AttemptTabs, attempt_label
from helios_gui.ui.logs.follower import TAIL
from helios_gui.ui.logs.levels import cause_line
from helios_gui.ui.logs.panel import LogPanel
from helios_gui.ui.logs.view import MAX_LINES
from helios_gui.ui.theme import theme
from tests.gui.log_steps import FAILED, RUNNING, SUCCEEDED, append, at_end, attempt, open_panel, text, wait_for_text

# What the offscreen platform says whenever a layout tells its sizes to a window.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def panel(qtbot: QtBot) -> LogPanel:
    return open_panel(qtbot)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "attempt.log"
    path.write_text("first\nsecond\n", encoding="utf-8")
    return path


def test_without_attempts_it_says_what_to_do(panel: LogPanel) -> None:
    assert panel.empty.isVisible()
    assert panel.empty.text() == "Click a chunk to see its log"
    panel.show_attempts("Chunk 4", [])
    assert panel.empty.text() == "Chunk 4: not started yet"
    assert not panel.view.isVisible()


def test_a_running_attempt_is_followed(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "first\nsecond")
    append(log, "third\nunfinished")
    wait_for_text(qtbot, panel, "second\nthird")
    panel.show_attempts("Chunk 4", [attempt(log, state=SUCCEEDED)])
    wait_for_text(qtbot, panel, "third\nunfinished")
    append(log, " and too late\n")
    assert not panel.follower._timer.isActive(), "it looks no more"
    assert text(panel).endswith("unfinished")


def test_a_log_that_comes_later_is_found(qtbot: QtBot, panel: LogPanel, tmp_path: Path) -> None:
    path = tmp_path / "later.log"
    panel.show_attempts("Chunk 4", [attempt(path)])
    qtbot.waitUntil(lambda: panel.view.placeholderText() == "Waiting for output…")
    append(path, "here I am\n")
    wait_for_text(qtbot, panel, "here I am")


def test_nothing_to_read_is_explained(qtbot: QtBot, panel: LogPanel, tmp_path: Path) -> None:
    missing, silent = tmp_path / "missing.log", tmp_path / "silent.log"
    silent.touch()
    panel.show_attempts("Chunk 4", [attempt(missing, state=FAILED)])
    qtbot.waitUntil(lambda: "is missing" in panel.view.placeholderText())
    panel.show_attempts("Chunk 4", [attempt(silent, state=FAILED)])
    qtbot.waitUntil(lambda: "printed nothing" in panel.view.placeholderText())


def test_nothing_is_read_while_nobody_looks(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "second")
    panel.hide()
    append(log, "third\n")
    assert not panel.follower._timer.isActive(), "it looks no more"
    assert text(panel).endswith("second")
    panel.show()
    wait_for_text(qtbot, panel, "third")


def test_attempts_are_named_by_what_they_came_to(log: Path) -> None:
    failed = attempt(log, 1, FAILED, exit_code=137, cause="killed")
    assert attempt_label(failed) == "Attempt 1 · failed · exit 137"
    assert attempt_label(attempt(log, 2, SUCCEEDED, exit_code=0)) == "Attempt 2 · done"
    assert attempt_label(attempt(log, 3)) == "Attempt 3 · running"
    assert attempt_label(attempt(log, 3, worker="GPU 1")) == "Attempt 3 · running · GPU 1"


@pytest.fixture
def three(tmp_path: Path) -> list[Attempt]:
    """Two failed attempts and a running third, each with its number as its log."""
    found = []
    for number in (1, 2, 3):
        path = tmp_path / f"{number}.log"
        path.write_text(f"log {number}\n", encoding="utf-8")
        state = RUNNING if number == 3 else FAILED
        found.append(attempt(path, number, state, cause="" if number == 3 else f"cause {number}"))
    return found


def test_the_newest_attempt_is_shown_and_the_next_takes_its_place(
    qtbot: QtBot, panel: LogPanel, three: list[Attempt]
) -> None:
    panel.show_attempts("Chunk 4", three[:2])
    wait_for_text(qtbot, panel, "log 2")
    assert panel.cause.text() == "cause 2"
    panel.show_attempts("Chunk 4", three)
    wait_for_text(qtbot, panel, "log 3")
    assert not panel.cause.isVisible()
    assert panel.tabs.count() == 3


def test_an_older_attempt_stays_when_somebody_chose_it(qtbot: QtBot, panel: LogPanel, three: list[Attempt]) -> None:
    panel.show_attempts("Chunk 4", three[:2])
    qtbot.mouseClick(panel.tabs, Qt.MouseButton.LeftButton, pos=panel.tabs.tabRect(0).center())
    wait_for_text(qtbot, panel, "log 1")
    panel.show_attempts("Chunk 4", three)
    assert not panel.follower._timer.isActive(), "no log is opened"
    assert text(panel) == "log 1"
    assert panel.tabs.currentIndex() == 0


def test_where_room_lacks_the_chosen_attempt_alone_says_what_it_came_to(
    qtbot: QtBot, panel: LogPanel, three: list[Attempt]
) -> None:
    panel.resize(1_200, 400)
    panel.show_attempts("Chunk 4", three)
    full = [attempt_label(each) for each in three]
    assert [panel.tabs.tabText(place) for place in range(3)] == full
    spare = panel.tabs.width() - panel.tabs.tabRect(2).right()
    panel.resize(1_200 - spare - 20, 400)
    qtbot.waitUntil(lambda: panel.tabs.tabText(0) == "Attempt 1")
    assert [panel.tabs.tabText(place) for place in range(3)] == ["Attempt 1", "Attempt 2", full[2]]
    assert panel.tabs.tabRect(0).left() == 0, "none is cut"
    assert panel.tabs.tabRect(2).right() < panel.tabs.width()
    qtbot.mouseClick(panel.tabs, Qt.MouseButton.LeftButton, pos=panel.tabs.tabRect(1).center())
    assert [panel.tabs.tabText(place) for place in range(3)] == ["Attempt 1", full[1], "Attempt 3"]
    panel.resize(1_200, 400)
    qtbot.waitUntil(lambda: panel.tabs.tabText(0) == full[0])


def test_another_chunk_shows_its_newest_attempt(qtbot: QtBot, panel: LogPanel, three: list[Attempt]) -> None:
    panel.show_attempts("Chunk 4", three)
    panel.tabs.setCurrentIndex(0)
    others = [replace(each, id=f"other-{each.number}", chunk_id=5) for each in three[:2]]
    panel.show_attempts("Chunk 5", others)
    wait_for_text(qtbot, panel, "log 2")
    panel.clear()
    assert text(panel) == ""
    assert panel.empty.isVisible()


def test_news_of_the_same_attempt_does_not_read_it_again(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "second")
    with qtbot.waitSignal(panel.follower.caught_up):
        panel.show_attempts("Chunk 4", [attempt(log, state=FAILED, cause="killed")])
    assert not panel.follower._timer.isActive()
    assert text(panel) == "first\nsecond"
    assert panel.cause.text() == "killed"


def test_following_stops_when_the_reader_scrolls_up(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    append(log, "".join(f"line {number}\n" for number in range(500)))
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "line 499")
    assert panel.follow_action.isChecked()
    assert at_end(panel)
    bar = panel.view.verticalScrollBar()
    bar.setValue(100)
    assert not panel.follow_action.isChecked()
    append(log, "new\n")
    wait_for_text(qtbot, panel, "new")
    assert bar.value() == 100
    bar.setValue(bar.maximum())
    assert panel.follow_action.isChecked()
    append(log, "".join(f"more {number}\n" for number in range(50)))
    wait_for_text(qtbot, panel, "more 49")
    assert at_end(panel)


def test_the_toggle_leads_back_to_the_end(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    append(log, "".join(f"line {number}\n" for number in range(500)))
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "line 499")
    panel.view.verticalScrollBar().setValue(3)
    panel.follow_action.trigger()
    assert at_end(panel)
    panel.follow_action.trigger()
    append(log, "one more\n" * 30)
    wait_for_text(qtbot, panel, "one more")
    assert not at_end(panel)
    panel.resize(500, 200)
    assert not panel.follow_action.isChecked()


def test_lines_that_fall_out_at_the_top_do_not_move_the_reader(panel: LogPanel) -> None:
    view = panel.view
    panel._pages.setCurrentIndex(1)
    view.add_lines([f"line {number}" for number in range(MAX_LINES)])
    view.verticalScrollBar().setValue(5000)
    top = view.firstVisibleBlock().text()
    view.add_lines([f"later {number}" for number in range(700)])
    assert view.blockCount() == MAX_LINES
    assert view.firstVisibleBlock().text() == top


def test_a_huge_log_starts_near_its_end(qtbot: QtBot, panel: LogPanel, tmp_path: Path) -> None:
    path = tmp_path / "huge.log"
    line = "x" * 199 + "\n"
    path.write_text(line * (3 * TAIL // len(line)) + "the end\n", encoding="utf-8")
    panel.show_attempts("Chunk 4", [attempt(path, state=SUCCEEDED)])
    wait_for_text(qtbot, panel, "the end")
    first = text(panel).split("\n", 1)[0]
    assert first == "… 2.1 MB of earlier output is in the file"
    assert len(text(panel)) <= TAIL + len(first) + 1


def test_progress_overwrites_itself(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "second")
    append(log, "frame=    1 fps=0.0 time=N/A\rframe=   20 fps= 25 time=00:00:01.10\r")
    wait_for_text(qtbot, panel, "second\nframe=   20 fps= 25 time=00:00:01.10")
    append(log, "frame=   40 fps= 25 time=00:00:02.10\rframe=   60 fps= 25 time=00:00:03.10\r\nmuxed\n")
    wait_for_text(qtbot, panel, "second\nframe=   60 fps= 25 time=00:00:03.10\nmuxed")


@pytest.fixture
def searched(qtbot: QtBot, panel: LogPanel, log: Path) -> LogPanel:
    """A panel with three times "Wood" among many lines, and the search open."""
    append(log, "".join(f"line {n} {'Wood ✓' if n in (10, 200, 390) else '🌲'}\n" for n in range(400)))
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "line 399 🌲")
    panel.find_action.trigger()
    assert panel.search_bar.isVisible()
    return panel


def found_line(panel: LogPanel) -> str:
    assert panel.view.textCursor().selectedText() == "Wood"
    return panel.view.textCursor().block().text().split(" W")[0]


def test_search_finds_around_the_end_in_either_direction(qtbot: QtBot, searched: LogPanel) -> None:
    bar = searched.search_bar
    qtbot.keyClicks(bar.field, "wood")
    assert (found_line(searched), bar.count.text()) == ("line 10", "1 of 3")
    assert not searched.follow_action.isChecked()
    seen = []
    for _ in range(3):
        searched.next_action.trigger()
        seen.append((found_line(searched), bar.count.text()))
    assert seen == [("line 200", "2 of 3"), ("line 390", "3 of 3"), ("line 10", "1 of 3")]
    searched.previous_action.trigger()
    assert found_line(searched) == "line 390"
    qtbot.keyClicks(bar.field, "land")
    assert bar.count.text() == "no match"


def test_search_marks_what_can_be_seen(qtbot: QtBot, searched: LogPanel) -> None:
    qtbot.keyClicks(searched.search_bar.field, "line")
    marks = searched.view.extraSelections()
    assert 3 < len(marks) < 60
    assert {mark.cursor.selectedText() for mark in marks} == {"line"}
    qtbot.keyClick(searched.search_bar.field, Qt.Key.Key_Escape)
    assert not searched.search_bar.isVisible()
    assert searched.view.extraSelections() == []


def test_matches_that_come_later_are_counted(qtbot: QtBot, searched: LogPanel, log: Path) -> None:
    qtbot.keyClicks(searched.search_bar.field, "wood")
    append(log, "wood again\n")
    qtbot.waitUntil(lambda: searched.search_bar.count.text() == "1 of 4")


def test_the_selection_is_copied_else_everything(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "second")
    panel.copy_action.trigger()
    assert QGuiApplication.clipboard().text() == "first\nsecond"
    cursor = panel.view.textCursor()
    cursor.setPosition(3)
    cursor.setPosition(9, cursor.MoveMode.KeepAnchor)
    panel.view.setTextCursor(cursor)
    panel.copy_action.trigger()
    assert QGuiApplication.clipboard().text() == "st\nsec"


class Desktop(QObject):
    """Stands where the desktop's file manager would: is told which files to open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Path] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(Path(url.toLocalFile()))


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    desktop = Desktop()
    QDesktopServices.setUrlHandler("file", desktop, "open")
    yield desktop
    QDesktopServices.unsetUrlHandler("file")


def test_the_file_and_its_folder_open_on_the_desktop(
    panel: LogPanel, log: Path, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "_ask_file_manager", lambda _path: False)  # as where there is no session bus
    panel.open_action.trigger()
    assert desktop.opened == []
    panel.show_attempts("Chunk 4", [attempt(log)])
    panel.open_action.trigger()
    panel.folder_action.trigger()
    assert desktop.opened == [log, log.parent]


def test_every_button_has_a_name_and_a_tooltip(panel: LogPanel) -> None:
    actions = [panel.follow_action, panel.find_action, panel.copy_action, panel.open_action, panel.folder_action]
    assert all(action.text() and action.toolTip() for action in actions)
    assert panel.find_action.shortcut().toString() == "Ctrl+F"
    assert panel.next_action.shortcut().toString() == "F3"
    assert panel.previous_action.shortcut().toString() == "Shift+F3"


# --- how serious lines are, and the cause


def test_serious_lines_are_coloured(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    append(log, "Error: no memory\n")
    panel.show_attempts("Chunk 4", [attempt(log)])
    wait_for_text(qtbot, panel, "no memory")
    block = panel.view.document().findBlockByNumber(2)
    assert [part.format.foreground().color() for part in block.layout().formats()] == [theme().tokens.danger]
    assert not panel.view.document().findBlockByNumber(1).layout().formats()


def test_a_key_leads_to_the_cause(qtbot: QtBot, panel: LogPanel, log: Path) -> None:
    append(log, "Error: cannot open wood.exr\n" + "still working\n" * 400 + "Error: something later\nbye\n")
    cause = "exit code 1: Error: cannot open wood.exr"
    panel.show_attempts("Chunk 4", [attempt(log, state=FAILED, cause=cause)])
    wait_for_text(qtbot, panel, "bye")
    panel.activateWindow()
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_F8)
    assert panel.view.textCursor().selectedText() == "Error: cannot open wood.exr"
    assert panel.view.firstVisibleBlock().blockNumber() <= 2
    assert not panel.view.following
    assert cause_line(["fine", "a warning", "it failed", "bye"], "no output") == 2
    assert cause_line(["fine"], "no output") == -1


# --- attempts side by side


def test_two_attempts_stand_side_by_side(qtbot: QtBot, panel: LogPanel, three: list[Attempt]) -> None:
    panel.show_attempts("Chunk 4", three[:1])
    assert not panel.compare_action.isEnabled()
    panel.show_attempts("Chunk 4", three)
    panel.compare_action.trigger()
    assert panel.other.isVisible()
    assert panel.other_tabs.attempt == three[1], "the one before the newest"
    qtbot.waitUntil(lambda: bool(panel.other.view.toPlainText()) and bool(text(panel)))
    assert panel.other.view.toPlainText() != text(panel)
    panel.other_tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: panel.other.attempt == three[0])
    panel.compare_action.trigger()
    assert not panel.other.isVisible()


def test_tabs_say_as_much_as_there_is_room_for(qtbot: QtBot, three: list[Attempt]) -> None:
    tabs = AttemptTabs()
    qtbot.addWidget(tabs)
    tabs.set_attempts(three)
    whole = "Attempt 3 · running"
    said = []
    for width in (2000, 400, 250):
        tabs.resize(width, 30)
        tabs.show()
        said.append([tabs.tabText(place) for place in range(3)])
    assert said[0][2] == said[1][2] == said[2][2] == whole
    assert said[0][:2] == ["Attempt 1 · failed", "Attempt 2 · failed"]
    assert said[1][:2] == ["Attempt 1", "Attempt 2"]
    assert said[2][:2] == ["1", "2"]


def test_lines_of_two_attempts_stand_at_one_height(qtbot: QtBot, panel: LogPanel, three: list[Attempt]) -> None:
    panel.show_attempts("Chunk 4", three)
    panel.compare_action.trigger()
    QCoreApplication.sendPostedEvents()  # layouts are done now
    tops = [widget.mapTo(panel, QPoint()).y() for widget in (panel.pane, panel.other)]
    assert tops[0] == tops[1] > panel.other_tabs.height() > 0
    assert panel.tabs.isVisible()
    panel.compare_action.trigger()
    assert panel.tabs.isVisible()
    qtbot.waitUntil(lambda: panel.tabs.mapTo(panel, QPoint()).x() > panel.title.geometry().right(), timeout=10_000)


def test_no_attempt_of_another_chunk_stands_beside_one(panel: LogPanel, three: list[Attempt]) -> None:
    for show_other in (lambda: panel.show_attempts("Chunk 5", three[:1]), panel.show_story):
        panel.show_attempts("Chunk 4", three)
        panel.compare_action.trigger()
        assert panel.other.isVisible()
        show_other()
        assert not panel.other.isVisible()
        assert panel.other.attempt is None


# --- saving, and what is very large


def test_the_whole_log_is_saved(qtbot: QtBot, panel: LogPanel, log: Path, tmp_path: Path) -> None:
    panel.show_attempts("Chunk 4", [attempt(log, state=SUCCEEDED)])
    dialog = panel.save()
    assert dialog is not None
    target = tmp_path / "saved.log"
    with qtbot.waitSignal(panel.save_requested) as asked:
        dialog.fileSelected.emit(str(target))
    assert asked.args == [log, target]
    dialog.close()


def test_a_log_of_a_gigabyte_opens_at_once(qtbot: QtBot, panel: LogPanel, tmp_path: Path) -> None:
    huge = tmp_path / "huge.log"
    with huge.open("wb") as file:
        file.truncate(1_000_000_000)  # a hole, which takes no room on the disk
        file.seek(0, 2)
        file.write(b"\nError: the end\n")
    panel.show_attempts("Chunk 4", [attempt(huge, state=FAILED, cause="exit code 1: Error: the end")])
    wait_for_text(qtbot, panel, "Error: the end")
    assert text(panel).startswith("… 999.0 MB of earlier output")
    assert len(text(panel)) < TAIL
    assert panel.pane.show_cause()
