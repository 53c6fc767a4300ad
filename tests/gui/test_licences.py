"""Third-party licences under Help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from helios_gui.ui.licences import LicencesDialog
from helios_gui.ui.main_window import MainWindow

OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]
Eventually = Callable[..., Awaitable[None]]


async def opened(window: MainWindow, eventually: Eventually) -> LicencesDialog:
    window.actions_of_window.licences.trigger()
    dialog = window.frame.findChild(LicencesDialog)
    assert isinstance(dialog, LicencesDialog)
    await eventually(lambda: dialog.list.count())
    return dialog


async def test_every_component_can_be_found_and_read(
    qapp: QApplication, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        dialog = await opened(window, eventually)
        everything = dialog.list.count()
        assert everything > 50
        assert f"{everything} third-party" in dialog.count.text()
        for row in range(everything):
            dialog.list.setCurrentRow(row)
            assert dialog.current is not None
            assert dialog.title.text().startswith(dialog.current.name)
            assert len(dialog.text.toPlainText()) > 100
        dialog.filter.setText("qT ")
        shown = [dialog.list.item(row).text() for row in range(dialog.list.count())]
        assert any(name.startswith("Qt 6") for name in shown)
        assert dialog.count.text() == f"{len(shown)} of {everything} components"
        dialog.reject()


async def test_the_one_on_show_stays_while_filtering(
    qapp: QApplication, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        dialog = await opened(window, eventually)
        dialog.filter.setText("gpl-2.0-or")
        dialog.list.setCurrentRow(1)
        assert dialog.title.text().startswith("x265")
        dialog.filter.setText("x26")
        assert dialog.title.text().startswith("x265")
        dialog.filter.setText("none such")
        assert (dialog.title.text(), dialog.text.toPlainText()) == ("Nothing matches", "")
        assert not dialog.copy_button.isEnabled()
        dialog.filter.clear()
        assert dialog.copy_button.isEnabled()
        dialog.reject()


async def test_it_can_be_copied(qapp: QApplication, open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        dialog = await opened(window, eventually)
        dialog.filter.setText("x264")
        dialog.copy_button.click()
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith("x264 ")
        assert "GPL-2.0-or-later\nhttps://" in copied
        assert "GNU GENERAL PUBLIC LICENSE" in copied
        dialog.reject()


async def test_it_can_be_closed_while_it_reads(
    qapp: QApplication, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        window.actions_of_window.licences.trigger()
        dialog = window.frame.findChild(LicencesDialog)
        assert isinstance(dialog, LicencesDialog)
        dialog.reject()
        await eventually(lambda: window.frame.findChild(LicencesDialog) is None)


async def test_every_control_has_a_name(qapp: QApplication, open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        dialog = await opened(window, eventually)
        controls: tuple[QWidget, ...] = (dialog.filter, dialog.list, dialog.text, dialog.copy_button)
        for control in controls:
            assert QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
        dialog.reject()
