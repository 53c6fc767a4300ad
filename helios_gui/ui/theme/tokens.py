"""What colours mean. Widgets and painters name a meaning, never a colour."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor

SPACE = 8
"""The rhythm: every margin and gap is a multiple of this or half of it, in logical pixels."""

TEXT = 13
TEXT_SMALL = 11
"""The two text sizes, in logical pixels."""

FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
MONOSPACE_FAMILIES = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono")


@dataclass(frozen=True)
class Tokens:
    """One colour per meaning.

    Surfaces from back to front: ``window``, ``panel``, ``raised``, ``hover``; ``well`` lies behind (fields,
    the preview). ``line`` is a hairline, ``line_strong`` the edge of something you can grab. Text from loud to
    quiet: ``text``, ``muted``, ``faint`` (never the only carrier of meaning). ``accent`` fills the one main
    action (with ``on_accent`` text) and ``accent_text`` is the same voice as text. ``selection`` lies behind
    selected rows. The states are Okabe-Ito's, made darker on light ground. Of high contrast, texts have at least
    WCAG's 7:1 and edges and states 4.5:1 beside every ground.
    """

    window: QColor
    panel: QColor
    raised: QColor
    hover: QColor
    well: QColor
    line: QColor
    line_strong: QColor
    text: QColor
    muted: QColor
    faint: QColor
    accent: QColor
    accent_hover: QColor
    accent_text: QColor
    on_accent: QColor
    selection: QColor
    danger: QColor
    warning: QColor
    success: QColor
    pending: QColor
    running: QColor
    retrying: QColor
    completed: QColor
    failed: QColor
    cancelled: QColor
    unknown: QColor

    def names(self) -> dict[str, str]:
        """Return every token as ``#rrggbb``, by name."""
        return {field.name: getattr(self, field.name).name() for field in fields(self)}


def _tokens(**colours: str) -> Tokens:
    return Tokens(**{name: QColor(colour) for name, colour in colours.items()})


DARK = _tokens(
    window="#15171b",
    panel="#1a1d22",
    raised="#23272e",
    hover="#2a2f37",
    well="#101215",
    line="#282c33",
    line_strong="#3a404a",
    text="#e4e7ec",
    muted="#9ba3af",
    faint="#6c7480",
    accent="#5a63e0",
    accent_hover="#6b74ee",
    accent_text="#9aa2ff",
    on_accent="#ffffff",
    selection="#2b3050",
    danger="#f0715f",
    warning="#e69f00",
    success="#1fb589",
    pending="#59616d",
    running="#56b4e9",
    retrying="#e69f00",
    completed="#009e73",
    failed="#d55e00",
    cancelled="#7b838f",
    unknown="#cc79a7",
)

LIGHT = _tokens(
    window="#f4f5f7",
    panel="#fbfbfc",
    raised="#ffffff",
    hover="#e9ebef",
    well="#ffffff",
    line="#dfe2e7",
    line_strong="#c3c8d0",
    text="#1b1f26",
    muted="#5a626e",
    faint="#878f9b",
    accent="#4a53d1",
    accent_hover="#3d46c0",
    accent_text="#434cc9",
    on_accent="#ffffff",
    selection="#dfe2fb",
    danger="#b93a28",
    warning="#9a6700",
    success="#007a58",
    pending="#b4bac4",
    running="#0f7fc0",
    retrying="#c27f00",
    completed="#008a64",
    failed="#c44f00",
    cancelled="#868e9a",
    unknown="#ab4f83",
)

CONTRAST_DARK = _tokens(
    window="#000000",
    panel="#000000",
    raised="#0f0f0f",
    hover="#303030",
    well="#000000",
    line="#8c8c8c",
    line_strong="#ffffff",
    text="#ffffff",
    muted="#ebebeb",
    faint="#bdbdbd",
    accent="#ffd60a",
    accent_hover="#ffe566",
    accent_text="#ffe14d",
    on_accent="#000000",
    selection="#003a8c",
    danger="#ff8a7a",
    warning="#ffc14d",
    success="#4de0b0",
    pending="#b0b0b0",
    running="#6cc8ff",
    retrying="#ffb838",
    completed="#2fdba6",
    failed="#ff8f5c",
    cancelled="#c2c2c2",
    unknown="#f0a6d0",
)

CONTRAST_LIGHT = _tokens(
    window="#ffffff",
    panel="#ffffff",
    raised="#ffffff",
    hover="#dedede",
    well="#ffffff",
    line="#595959",
    line_strong="#000000",
    text="#000000",
    muted="#1f1f1f",
    faint="#4d4d4d",
    accent="#0a1f9e",
    accent_hover="#06156e",
    accent_text="#0a1f9e",
    on_accent="#ffffff",
    selection="#cfe0ff",
    danger="#9e0d00",
    warning="#634200",
    success="#00502f",
    pending="#5c5c5c",
    running="#004f8c",
    retrying="#6e4800",
    completed="#005c40",
    failed="#8f3600",
    cancelled="#4a4a4a",
    unknown="#7d1f58",
)
