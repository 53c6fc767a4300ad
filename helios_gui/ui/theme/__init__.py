"""One look: semantic colours that feed the palette, the style sheet, the painters and the icons."""

from helios_gui.ui.theme.icons import app_icon, icon
from helios_gui.ui.theme.states import StateStyle, job_style, state_style
from helios_gui.ui.theme.theme import Theme, ThemeMode, monospace_font, theme
from helios_gui.ui.theme.tokens import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, SPACE, TEXT, TEXT_SMALL, Tokens

__all__ = [
    "CONTRAST_DARK",
    "CONTRAST_LIGHT",
    "DARK",
    "LIGHT",
    "SPACE",
    "TEXT",
    "TEXT_SMALL",
    "StateStyle",
    "Theme",
    "ThemeMode",
    "Tokens",
    "app_icon",
    "icon",
    "job_style",
    "monospace_font",
    "state_style",
    "theme",
]
