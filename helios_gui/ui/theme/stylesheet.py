"""The style sheet, generated from the tokens: hairlines, not frames."""

from __future__ import annotations

from string import Template

from helios_gui.ui.theme.tokens import SPACE, TEXT_SMALL, Tokens
from helios_gui.utils.resources import resource_path


def style_sheet(tokens: Tokens) -> str:
    """Qt style sheet of the whole application in these colours."""
    folder = resource_path("theme")
    text = (folder / "window.qss").read_text(encoding="utf-8")
    sizes = {"space": str(SPACE), "half": str(SPACE // 2), "text_small": str(TEXT_SMALL)}
    return Template(text).substitute(tokens.names(), **sizes, images=folder.as_posix())
