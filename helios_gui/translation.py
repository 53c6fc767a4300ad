"""Translate text for people: one catalogue for the engine, the terminal and the window.

English is the language of the source. Other languages are gettext catalogues, ``resources/translations/<code>.po`` for
translators and ``<code>.mo`` beside it for the program; ``packaging/translations/update`` makes both from the source.
"""

from __future__ import annotations

import gettext
import locale
import os
import string
from collections.abc import Sequence
from pathlib import PurePath

from helios_gui.resources import resource_path

SOURCE_LANGUAGE = "en"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Code → name of the language in itself, in the order in which people choose."""

_SEPARATORS = {"de": str.maketrans({",": ".", ".": ","})}
"""Code → what stands in numbers in place of the comma and the point that English has; nothing where it has the same."""

LANGUAGE_VARIABLE = "HELIOS_LANGUAGE"
"""Environment variable with the code of a language; it comes before the system's settings."""

_catalogue = gettext.NullTranslations()
_language = SOURCE_LANGUAGE


def tr(text: str, /, **values: object) -> str:
    """Return ``text`` in the chosen language.

    Args:
        text: The English text, a literal in the source so that it is found for translation.
        values: What stands in place of ``{name}`` in the text. Without any the text is returned unformatted. Numbers
            with a format (``{seconds:.1f}``) get the separators of the language.
    """
    translated = _catalogue.gettext(text) if text else text
    return _FORMATTER.vformat(translated, (), values) if values else translated


def tr_count(singular: str, plural: str, number: int, /, **values: object) -> str:
    """Return the form of a text that goes with ``number``, in the chosen language.

    Args:
        singular: The English text for one.
        plural: The English text for any other number.
        number: What is counted. ``{number}`` in the text is replaced by it, with the language's thousands separator.
        values: What stands in place of other ``{name}`` in the text.
    """
    text = _catalogue.ngettext(singular, plural, number)
    return _FORMATTER.vformat(text, (), {"number": localized(f"{number:,}"), **values})


def in_every_language(text: str, /) -> frozenset[str]:
    """Return ``text`` and its translations: for names that were written down in whatever language was chosen then."""
    return frozenset(_load(code).gettext(text) for code in LANGUAGES)


def mark(text: str) -> str:
    """Return ``text`` as it is: marks a literal that is translated later, with ``tr(variable)``."""
    return text


def localized(number: str) -> str:
    """Return a number that Python wrote (``1,234.5``) with the separators of the chosen language."""
    return number.translate(_SEPARATORS.get(_language, {}))


class _LocalizedFormatter(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, PurePath):
            value = str(value).replace("\n", "\\n")  # which else could begin a line that says anything
        text: str = super().format_field(value, format_spec)
        return localized(text) if format_spec and isinstance(value, int | float) else text


_FORMATTER = _LocalizedFormatter()


def language() -> str:
    """Return the code of the language in use."""
    return _language


def choose_language(wanted: str = "") -> str:
    """Use a language from now on; what was translated before stays as it is.

    Args:
        wanted: A code of ``LANGUAGES``. Empty: the one that ``HELIOS_LANGUAGE`` or the system's settings ask for.

    Returns:
        The code of the language in use: English where there is no catalogue for the wanted one.
    """
    global _catalogue, _language
    _language = next((code for code in [wanted, *_system_languages()] if code in LANGUAGES), SOURCE_LANGUAGE)
    _catalogue = _load(_language)
    return _language


def _load(code: str) -> gettext.NullTranslations:
    if code == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    with resource_path("translations", f"{code}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def _system_languages() -> Sequence[str]:
    """Return the codes of languages that the environment and the system ask for, the most wanted first."""
    names = [os.environ.get(LANGUAGE_VARIABLE, "")]
    messages = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    if messages not in ("C", "POSIX"):  # there, gettext does not look at LANGUAGE either
        names += os.environ.get("LANGUAGE", "").split(":")
    names += [messages or locale.getlocale()[0] or ""]
    return [name.replace("-", "_").partition(".")[0].partition("_")[0].lower() for name in names if name]
