"""A job's review as a document: headings, programs, paths. Nothing in it is ever read as markup."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from helios_gui import product
from helios_gui.hooks.hook_text import hook_action, hook_occasion
from helios_gui.jobfile.command_line import names_this_program
from helios_gui.jobfile.outside_outputs import fold_numbered
from helios_gui.profiles.program_use import CommandForm, ProgramUse
from helios_gui.profiles.trust import JobReview
from helios_gui.translation import tr, tr_count
from helios_gui.types.cost import CostEstimate
from helios_gui.types.sequences import read_pattern
from helios_gui.ui.submit.upload import Destination, UploadPlan
from helios_gui.ui.theme import SPACE, TEXT, TEXT_SMALL, monospace_font, theme
from helios_gui.utils.format import format_size
from helios_gui.utils.shown_text import plain_text, shorten_text

MAX_FORMS = 60
"""Commands shown of all programs together."""

MAX_NOTES = 20
"""Notes shown about what is not uploaded."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of rendering elsewhere.

    ``plan`` is ``None`` while it is being found out, and where there is a ``problem``; ``cost`` likewise, with
    ``cost_problem``.
    """

    destination: Destination
    plan: UploadPlan | None = None
    problem: str = ""
    cost: CostEstimate | None = None
    cost_problem: str = ""


def write_review(
    document: QTextDocument, review: JobReview, upload: Upload | None = None, fit_problem: str = ""
) -> None:
    """Write the review into ``document``, in the colours of this moment.

    ``fit_problem`` says why the chunks will not fit into the finished video; empty where nothing is known.
    """
    document.clear()
    writer = _Writer(document)
    if upload is not None:
        _write_upload(writer, upload)
        _write_cost(writer, upload)
    writer.heading(tr("PROGRAMS IT RUNS"), first=upload is None)
    left = MAX_FORMS
    for program in review.programs:  # all of them: one left out is the one to hide
        _write_program(writer, program, is_merge=program == review.merge_program, elsewhere=upload is not None)
        _write_inside(writer, program, review.job_dir)
        left -= _write_forms(writer, program.forms or (CommandForm(program.example, program.uses),), left)
    if review.shell_habits:
        writer.heading(tr("COMMANDS ARE NOT RUN THROUGH A SHELL"))
        for habit in review.shell_habits:
            writer.line(f"⚠ {plain_text(habit)}", theme().tokens.warning, TEXT)
    _write_hooks(writer, review)
    writer.heading(tr("WORKING FOLDER"))
    writer.path(review.job_dir)
    if review.outside_outputs:
        writer.heading(tr("IT WRITES OUTSIDE THAT FOLDER"))
        for line in fold_numbered(review.outside_outputs):  # all of them: one left out is the one to hide
            writer.line(f"⚠ {plain_text(line)}", theme().tokens.warning, TEXT, monospace=True)
    writer.heading(tr("FILES OUTSIDE THAT FOLDER"))
    _write_outside(writer, review.outside_paths, review.outside_more)
    if upload is not None and review.outside_paths:
        writer.line(tr("They are not uploaded: workers will not find them."), theme().tokens.warning, TEXT)
    _write_result(writer, review, fit_problem)


def _write_hooks(writer: _Writer, review: JobReview) -> None:
    """Write what the job file wants to be told about the job; all of it runs on this computer."""
    if not review.hooks and not review.hook_problems:
        return
    tokens = theme().tokens
    writer.heading(tr("HOOKS THAT IT BRINGS, RUN ON THIS COMPUTER"))
    for hook, program in review.hooks:
        writer.line(plain_text(hook.name), tokens.text, TEXT, bold=True, gap=True)
        writer.append("   " + hook_occasion(hook), tokens.muted, TEXT_SMALL)
        if program is not None:
            _write_program_file(writer, program)
            _write_inside(writer, program, review.job_dir)
            writer.line(shorten_text(hook.command), tokens.text, TEXT_SMALL, monospace=True)
        else:
            writer.line(f"⚠ {plain_text(hook_action(hook, hook.url))}", tokens.warning, TEXT)
    for problem in review.hook_problems:
        writer.line(plain_text(problem), tokens.muted, TEXT_SMALL)


def _write_result(writer: _Writer, review: JobReview, fit_problem: str) -> None:
    """Write what comes of the job: frames, the finished video, or both."""
    if review.sequence:
        writer.heading(tr("FRAMES"))
        writer.line(plain_text(review.sequence), theme().tokens.text, TEXT, monospace=True)
    if read_pattern(review.output.name) is not None:
        return
    writer.heading(tr("FINISHED VIDEO"))
    writer.path(review.output)
    if fit_problem:
        writer.line(f"⚠ {plain_text(fit_problem)}", theme().tokens.warning, TEXT)
    chunks = tr_count("Joined from {number} chunk", "Joined from {number} chunks", review.outputs)
    writer.line(chunks, theme().tokens.muted, TEXT_SMALL)


def _write_upload(writer: _Writer, upload: Upload) -> None:
    tokens, plan = theme().tokens, upload.plan
    writer.heading(tr("WHAT IS UPLOADED"), first=True)
    if upload.problem:
        writer.line(f"✕ {plain_text(upload.problem)}", tokens.danger, TEXT)
    elif plan is None:
        writer.line(tr("Scanning the folder …"), tokens.muted, TEXT)
    else:
        files = tr_count("{number} file", "{number} files", plan.files)
        text = tr("{files} of the working folder, {size}", files=files, size=format_size(plan.bytes))
        writer.line(text, tokens.text, TEXT, bold=True)
    where = tr("to {url}, through the profile “{profile}”")
    destination = upload.destination
    writer.line(where.format(url=destination.url, profile=destination.profile), tokens.text, TEXT)
    hint = tr("Files that are already there are not uploaded again. List files to leave out in .heliosignore.")
    writer.line(hint, tokens.muted, TEXT_SMALL)
    notes = plan.notes if plan is not None else ()
    for note in notes[:MAX_NOTES]:
        writer.line(plain_text(note), tokens.warning, TEXT)
    if len(notes) > MAX_NOTES:
        writer.line(tr("… and {count} more", count=len(notes) - MAX_NOTES), tokens.muted, TEXT)


def _write_cost(writer: _Writer, upload: Upload) -> None:
    tokens, cost = theme().tokens, upload.cost
    writer.heading(tr("ESTIMATED COST"))
    if cost is None:
        text = tr("No estimate: {problem}") if upload.cost_problem else tr("Looking up earlier measurements …")
        writer.line(text.format(problem=plain_text(upload.cost_problem)), tokens.muted, TEXT)
        return
    if cost.low is None:
        writer.line(plain_text(f"{cost.headline}: {cost.basis}"), tokens.muted, TEXT)
    else:
        writer.line(plain_text(cost.headline), tokens.text, TEXT, bold=True)
    if cost.warning:
        writer.line(f"⚠ {plain_text(cost.warning)}", tokens.warning, TEXT)
    if cost.low is not None:
        writer.line(plain_text(cost.basis), tokens.text, TEXT)
    if cost.high:
        writer.line(tr("Failed attempts, storage and traffic are not included."), tokens.muted, TEXT_SMALL)


def _write_program(writer: _Writer, program: ProgramUse, *, is_merge: bool, elsewhere: bool) -> None:
    tokens = theme().tokens
    writer.line(plain_text(Path(program.written).name or program.written), tokens.text, TEXT, bold=True, gap=True)
    uses = tr_count("for {number} command", "for {number} commands", program.uses)
    if is_merge:
        uses = tr_count("to join the chunks", "for {number} commands, one joins the chunks", program.uses)
    writer.append("   " + uses, tokens.muted, TEXT_SMALL)
    if elsewhere and not is_merge:
        writer.line(tr("It must be installed on the workers."), tokens.muted, TEXT_SMALL)
    else:
        _write_program_file(writer, program)


def _write_program_file(writer: _Writer, program: ProgramUse) -> None:
    """Write which file on this computer a program is."""
    tokens = theme().tokens
    if program.resolved is None:
        missing = tr("✕ {program} was not found on this computer; its commands will fail.")
        writer.line(missing.format(program=plain_text(program.written)), tokens.danger, TEXT)
        if program.hint:
            writer.line(plain_text(program.hint), tokens.text, TEXT_SMALL)
    else:
        writer.path(program.resolved)
        if names_this_program(program.written):
            writer.line(tr("This is {name} itself.", name=product.NAME), tokens.muted, TEXT_SMALL)


def _write_inside(writer: _Writer, program: ProgramUse, job_dir: Path) -> None:
    """Say what a program's file is, and that it came with the job where it did."""
    tokens, path = theme().tokens, program.resolved
    if path is None:
        return
    real = Path(os.path.realpath(path))
    if real != path:
        writer.line(tr("a link to {path}", path=plain_text(str(real))), tokens.muted, TEXT_SMALL, monospace=True)
    if program.digest:
        writer.line(f"SHA-256 {program.digest}", tokens.muted, TEXT_SMALL, monospace=True)
    if path.is_relative_to(job_dir) or real.is_relative_to(job_dir):
        writer.line(tr("⚠ This program came with the job."), tokens.warning, TEXT_SMALL)


def _write_forms(writer: _Writer, forms: Sequence[CommandForm], left: int) -> int:
    """Write a program's commands, as many as there is room for, and say how many are left out; how many it wrote."""
    tokens = theme().tokens
    for form in forms[:left]:
        writer.line(shorten_text(form.example), tokens.text, TEXT_SMALL, monospace=True)
        if form.uses > 1:
            more = tr_count(
                "and {number} more that differs only in its numbers",
                "and {number} more that differ only in their numbers",
                form.uses - 1,
            )
            writer.append(f"   {more}", tokens.muted, TEXT_SMALL)
    if len(forms) > left:
        hidden = tr_count(
            "⚠ {number} more command is not shown here: see all commands",
            "⚠ {number} more commands are not shown here: see all commands",
            sum(form.uses for form in forms[left:]),
        )
        writer.line(hidden, tokens.warning, TEXT_SMALL)
    return min(left, len(forms))


def _write_outside(writer: _Writer, paths: Sequence[Path], more: int) -> None:
    tokens = theme().tokens
    if not paths:
        writer.line(tr("None are named in its commands."), tokens.muted, TEXT)
    for path in paths:
        writer.path(path, tokens.warning)
    if more:
        writer.line(tr("… and {count} more", count=more), tokens.muted, TEXT)


class _Writer:
    """Appends lines to a document, each in a look of its own."""

    def __init__(self, document: QTextDocument) -> None:
        self._cursor = QTextCursor(document)
        self._begun = False

    def heading(self, text: str, *, first: bool = False) -> None:
        """Write the heading of a section."""
        self._block(0 if first else SPACE * 2)
        self.append(text, theme().tokens.muted, TEXT_SMALL, bold=True)

    def path(self, path: Path, colour: QColor | None = None) -> None:
        """Write a whole path in the monospace font."""
        self._block(2)
        self.append(plain_text(str(path)), colour or theme().tokens.text, TEXT - 1, monospace=True)

    def line(
        self, text: str, colour: QColor, size: int, *, bold: bool = False, monospace: bool = False, gap: bool = False
    ) -> None:
        """Write any other line; ``size`` in pixels."""
        self._block(SPACE if gap else 2)
        self.append(text, colour, size, bold=bold, monospace=monospace)

    def append(self, text: str, colour: QColor, size: int, *, bold: bool = False, monospace: bool = False) -> None:
        """Append text to the current line."""
        font = monospace_font(size) if monospace else QFont(self._cursor.document().defaultFont())
        font.setPixelSize(size)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        style = QTextCharFormat()
        style.setFont(font)
        style.setForeground(colour)
        self._cursor.insertText(text, style)

    def _block(self, gap: int) -> None:
        block = QTextBlockFormat()
        block.setTopMargin(gap)
        if self._begun:
            self._cursor.insertBlock(block)
        else:
            self._cursor.setBlockFormat(block)
        self._begun = True
