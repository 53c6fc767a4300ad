"""The languages that a person may choose for a page, each under its own name."""

from __future__ import annotations

from helios_gui.web.view import USUAL_LANGUAGE

_NAMES = {
    "ar": "العربية",
    "cs-CZ": "Čeština",
    "da-DK": "Dansk",
    "de-DE": "Deutsch",
    "de-AT": "Deutsch (Österreich)",
    "de-CH": "Deutsch (Schweiz)",
    "el-GR": "Ελληνικά",
    "en-GB": "English (UK)",
    "es-ES": "Español",
    "es-MX": "Español (México)",
    "fr-FR": "Français",
    "he-IL": "עברית",
    "hi-IN": "हिन्दी",
    "hu-HU": "Magyar",
    "id-ID": "Bahasa Indonesia",
    "it-IT": "Italiano",
    "ja-JP": "日本語",
    "ko-KR": "한국어",
    "nb-NO": "Norsk bokmål",
    "nl-NL": "Nederlands",
    "pl-PL": "Polski",
    "pt-BR": "Português (Brasil)",
    "pt-PT": "Português (Portugal)",
    "ro-RO": "Română",
    "fi-FI": "Suomi",
    "sv-SE": "Svenska",
    "th-TH": "ไทย",
    "tr-TR": "Türkçe",
    "uk-UA": "Українська",
    "vi-VN": "Tiếng Việt",
    "zh-CN": "中文（简体）",
    "zh-TW": "中文（繁體）",
}


def languages(chosen: str) -> tuple[tuple[str, str], ...]:
    """Return tags and names, the usual language first, under an empty tag.

    Args:
        chosen: A tag that is among them in any case, as the terminal takes any; empty for the usual one.
    """
    usual = ("", f"English (US), {USUAL_LANGUAGE}")
    others = {tag: f"{name}, {tag}" for tag, name in _NAMES.items()}
    return usual, *({chosen: chosen} | others if chosen and chosen not in others else others).items()
