"""The button that inserts a token into the name of a video."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget

from helios_gui.sources.name_tokens import TOKENS
from helios_gui.translation import tr
from helios_gui.ui.widgets.tooltips import set_tooltip


def make_token_button(line: QLineEdit, parent: QWidget) -> QToolButton:
    """Return a button with the tokens and what they stand for.

    Args:
        line: The name.
        parent: The widget that the button belongs to.
    """
    button = QToolButton(parent)
    button.setText("{…}")
    button.setAccessibleName(tr("Insert a token into the name"))
    set_tooltip(button, tr("Insert a token into the name"))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    meanings = _token_meanings()
    for token in TOKENS:
        action = menu.addAction(f"{{{token}}}\t{meanings[token]}")
        action.triggered.connect(lambda _=False, token=token: line.insert(f"{{{token}}}"))
    button.setMenu(menu)
    return button


def _token_meanings() -> dict[str, str]:
    return {
        "name": tr("Name of the source"),
        "date": tr("Today’s date"),
        "version": tr("v001, v002 …: the first that is free"),
        "width": tr("Width in pixels"),
        "height": tr("Height in pixels"),
        "fps": tr("Frames per second"),
        "profile": tr("Name of the profile"),
    }
