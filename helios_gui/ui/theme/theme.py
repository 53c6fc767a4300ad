"""The theme of the running app: dark or light, applied as palette, font and style sheet."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from string import Template
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication

from helios_gui.resources import resource_path
from helios_gui.ui.theme.tokens import (
    CONTRAST_DARK,
    CONTRAST_LIGHT,
    DARK,
    FONT_FAMILIES,
    LIGHT,
    MONOSPACE_FAMILIES,
    SPACE,
    TEXT,
    TEXT_SMALL,
    Tokens,
)


class ThemeMode(StrEnum):
    """What the person chose; ``SYSTEM`` follows the desktop (dark where the desktop does not say).

    ``CONTRAST`` is high contrast, on the desktop's ground.
    """

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"


class Theme(QObject):
    """The tokens of this moment. ``changed`` is emitted after the application wears new ones."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mode = ThemeMode.SYSTEM
        self._tokens = DARK
        self._application: QApplication | None = None
        self._accessibility: Any = None

    @property
    def tokens(self) -> Tokens:
        """The colours now."""
        return self._tokens

    @property
    def is_dark(self) -> bool:
        """Whether the colours now are the dark ones."""
        return self._tokens in (DARK, CONTRAST_DARK)

    @property
    def is_high_contrast(self) -> bool:
        """Whether the colours now are those of high contrast, of which edges are as bright as text."""
        return self._tokens in (CONTRAST_DARK, CONTRAST_LIGHT)

    @property
    def mode(self) -> ThemeMode:
        """What was asked for last."""
        return self._mode

    def apply(self, app: QApplication, mode: ThemeMode | str = ThemeMode.SYSTEM) -> None:
        """Apply the theme to ``app``. The style is always Fusion: native styles ignore some or all colours."""
        self._mode = ThemeMode(mode)
        if self._application is not app:
            self._application = app
            app.setStyle("Fusion")
            app.setFont(_font(FONT_FAMILIES))
            # Both are kept: PySide takes what belongs to style hints for deleted once their wrapper is gone.
            self._hints = app.styleHints()
            self._accessibility = self._hints.accessibility() if hasattr(self._hints, "accessibility") else None
            self._hints.colorSchemeChanged.connect(self._follow_desktop)
            if self._accessibility is not None:  # from Qt 6.10 on
                self._accessibility.contrastPreferenceChanged.connect(self._follow_desktop)
        self._apply_colours(app)

    def _follow_desktop(self) -> None:
        if self._application is not None and self._mode in (ThemeMode.SYSTEM, ThemeMode.CONTRAST):
            self._apply_colours(self._application)

    def _apply_colours(self, app: QApplication) -> None:
        self._tokens = self._wanted_tokens(app)
        app.setPalette(_palette(self._tokens))
        app.setStyleSheet(style_sheet(self._tokens))
        self.changed.emit()

    def _wanted_tokens(self, app: QApplication) -> Tokens:
        light = self._mode is ThemeMode.LIGHT
        contrast = self._mode is ThemeMode.CONTRAST
        if self._mode in (ThemeMode.SYSTEM, ThemeMode.CONTRAST):
            light = app.styleHints().colorScheme() == Qt.ColorScheme.Light
        if self._mode is ThemeMode.SYSTEM:
            hints = self._accessibility
            contrast = hints is not None and hints.contrastPreference() == Qt.ContrastPreference.HighContrast
        if contrast:
            return CONTRAST_LIGHT if light else CONTRAST_DARK
        return LIGHT if light else DARK


@cache
def theme() -> Theme:
    """Return the one theme of the process."""
    return Theme()


def style_sheet(tokens: Tokens) -> str:
    """Return the Qt style sheet of the whole application in these colours."""
    folder = resource_path("theme")
    text = (folder / "window.qss").read_text(encoding="utf-8")
    sizes = {"space": str(SPACE), "half": str(SPACE // 2), "text_small": str(TEXT_SMALL)}
    return Template(text).substitute(tokens.names(), **sizes, images=folder.as_posix())


def monospace_font(pixel_size: int = TEXT - 1) -> QFont:
    """Return the font for logs, commands and time codes, in a size in pixels."""
    font = _font(MONOSPACE_FAMILIES, pixel_size)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def _font(families: tuple[str, ...], pixel_size: int = TEXT) -> QFont:
    font = QFont(list(families))
    font.setPixelSize(pixel_size)
    return font


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    colours = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.panel,
        role.AlternateBase: tokens.raised,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.faint,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.on_accent,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Highlight: tokens.selection,
        role.HighlightedText: tokens.text,
        role.Link: tokens.accent_text,
        role.LinkVisited: tokens.accent_text,
        role.Light: tokens.hover,
        role.Midlight: tokens.hover,
        role.Mid: tokens.line,
        role.Dark: tokens.line,
        role.Shadow: tokens.well,
        role.Accent: tokens.accent,
    }
    for name, colour in colours.items():
        palette.setColor(name, colour)
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, tokens.faint)
    return palette
