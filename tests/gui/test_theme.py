"""The theme: every state tells itself by colour, glyph and word; icons follow the colours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QProxyStyle, QStyle
from pytestqt.qtbot import QtBot

from helios_gui.resources import resource_path
from helios_gui.types import ChunkState, JobState
from helios_gui.ui.chunks.palette import contrast_ratio
from helios_gui.ui.theme import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, Tokens, app_icon, icon, state_style, theme
from helios_gui.ui.theme.theme import style_sheet

ALL = [DARK, LIGHT, CONTRAST_DARK, CONTRAST_LIGHT]
ICONS = sorted(path.stem for path in resource_path("icons").glob("*.svg") if path.stem != "app")


# Pairs worked out by hand from the definition, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#ffffff", "#767676", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#00ff00", 6.26),
        ("#0a0a0a", "#000000", 1.06),
        ("#5a63e0", "#5a63e0", 1),
    ],
)
def test_contrast_is_that_of_wcag(first: str, second: str, ratio: float) -> None:
    assert contrast_ratio(QColor(first), QColor(second)) == pytest.approx(ratio, abs=0.005)
    assert contrast_ratio(QColor(second), QColor(first)) == contrast_ratio(QColor(first), QColor(second))


@pytest.mark.parametrize("tokens", ALL, ids=["dark", "light", "contrast-dark", "contrast-light"])
def test_text_can_be_read(tokens: Tokens) -> None:
    for ground in (tokens.window, tokens.panel, tokens.raised, tokens.well, tokens.selection):
        assert contrast_ratio(tokens.text, ground) >= 7
        assert contrast_ratio(tokens.muted, ground) >= 4.5
    for quiet in (tokens.accent_text, tokens.danger, tokens.warning):
        assert contrast_ratio(quiet, tokens.panel) >= 4.5
    assert contrast_ratio(tokens.on_accent, tokens.accent) >= 4.5


@pytest.mark.parametrize("tokens", ALL, ids=["dark", "light", "contrast-dark", "contrast-light"])
def test_state_colours_stand_out(tokens: Tokens) -> None:
    for name in ("running", "retrying", "completed", "failed", "cancelled", "unknown"):
        assert contrast_ratio(getattr(tokens, name), tokens.panel) >= 3, name


@pytest.mark.parametrize("tokens", [CONTRAST_DARK, CONTRAST_LIGHT], ids=["dark", "light"])
def test_high_contrast_is_high(tokens: Tokens) -> None:
    for ground in (tokens.window, tokens.panel, tokens.raised, tokens.well):
        for name in ("text", "muted", "faint", "accent_text", "danger", "warning", "success"):
            assert contrast_ratio(getattr(tokens, name), ground) >= 7, name
        for name in ("line_strong", "accent", "running", "retrying", "completed", "failed", "cancelled", "unknown"):
            assert contrast_ratio(getattr(tokens, name), ground) >= 4.5, name
        assert contrast_ratio(tokens.line, ground) >= 3
    for ground in (tokens.selection, tokens.hover):
        assert contrast_ratio(tokens.text, ground) >= 7
        assert contrast_ratio(tokens.muted, ground) >= 7
    assert contrast_ratio(tokens.on_accent, tokens.accent) >= 7


def test_high_contrast_is_a_choice_and_follows_the_desktop(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    theme().apply(qapp, "contrast")
    assert theme().tokens is CONTRAST_DARK
    assert theme().is_dark

    class Desktop:
        def contrastPreference(self) -> Qt.ContrastPreference:
            return Qt.ContrastPreference.HighContrast

    real = theme()._accessibility
    monkeypatch.setattr(theme(), "_accessibility", Desktop())
    theme().apply(qapp, "system")
    assert theme().tokens is CONTRAST_DARK
    monkeypatch.undo()
    real.contrastPreferenceChanged.emit(Qt.ContrastPreference.NoPreference)
    assert theme().tokens is DARK


def test_states_are_told_apart_without_colour() -> None:
    for states in (ChunkState, JobState):
        styles = [state_style(state) for state in states]
        assert len({style.glyph for style in styles}) == len(styles)
        assert len({style.word for style in styles}) == len(styles)


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_applying_a_mode_dresses_the_application(qapp: QApplication, mode: str) -> None:
    theme().apply(qapp, mode)
    assert theme().is_dark is (mode == "dark")
    assert qapp.palette().window().color() == theme().tokens.window
    assert theme().tokens.accent.name() in qapp.styleSheet()
    assert qapp.style().name() in ("fusion", "")  # a style sheet wraps it


@pytest.mark.parametrize("tokens", ALL, ids=["dark", "light", "contrast-dark", "contrast-light"])
def test_the_style_sheet_has_nothing_left_to_fill_in(tokens: Tokens) -> None:
    sheet = style_sheet(tokens)
    assert "$" not in sheet
    for name in re.findall(r'url\("([^"]+)"\)', sheet):
        assert resource_path("theme", name.rsplit("/", 1)[1]).is_file()


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_is_drawn_in_the_colour_of_the_theme(qapp: QApplication, name: str) -> None:
    for mode in ("dark", "light"):
        theme().apply(qapp, mode)
        wanted = theme().tokens.text
        image = icon(name).pixmap(QSize(40, 40), 1.0).toImage()
        solid = [image.pixelColor(x, y) for x in range(40) for y in range(40)]
        inked = [colour for colour in solid if colour.alpha() == 255]
        assert inked, "nothing drawn"
        assert all(abs(colour.lightness() - wanted.lightness()) < 12 for colour in inked)


def test_icons_are_sharp_on_dense_screens_and_dim_when_disabled(qapp: QApplication) -> None:
    dense = icon("play").pixmap(QSize(16, 16), 2.0)
    assert dense.size() == QSize(32, 32)
    assert dense.devicePixelRatio() == 2.0
    enabled = icon("stop").pixmap(QSize(20, 20), 1.0, QIcon.Mode.Normal).toImage()
    disabled = icon("stop").pixmap(QSize(20, 20), 1.0, QIcon.Mode.Disabled).toImage()
    assert enabled != disabled
    assert not app_icon().isNull()


class IconStyle(QProxyStyle):
    """A desktop that wants icons on the buttons of dialogs."""

    def styleHint(self, hint: QStyle.StyleHint, *rest: Any) -> int:
        wants = hint is QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons
        return 1 if wants else super().styleHint(hint, *rest)


def test_buttons_of_dialogs_have_no_icons_of_the_desktop(qtbot: QtBot, qapp: QApplication) -> None:
    theme().apply(qapp, "light")
    style, box = IconStyle("fusion"), QDialogButtonBox()
    qtbot.addWidget(box)
    box.setStyle(style)
    assert box.addButton(QDialogButtonBox.StandardButton.Cancel).icon().isNull()


def test_an_unknown_icon_is_an_error_where_it_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        icon("no-such-icon")
