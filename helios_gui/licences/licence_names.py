"""Translate the many ways in which packages name their licences to SPDX identifiers."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata

from packaging.utils import canonicalize_name

_CORRECTIONS = {
    "httpx-aiohttp": "BSD-3-Clause",
    "pyasn1-modules": "BSD-2-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
}
"""Packages whose metadata do not identify the licence, but whose texts do."""

_SPDX = re.compile(r"\(?[A-Za-z][\w.+-]*\d[\w.+-]*\)?( (AND|OR|WITH) \(?[A-Za-z][\w.+-]*\)?)*|MIT|ISC|Zlib|PSF-2\.0")
_WORDS = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
_CLASSIFIER = "License :: OSI Approved :: "


def licence_of(name: str, metadata: PackageMetadata) -> str:
    """Return a distribution's licence as an SPDX expression, else as its metadata word it, else ``""``."""
    corrected = _CORRECTIONS.get(canonicalize_name(name))
    if corrected:
        return corrected
    expression = metadata_field(metadata, "License-Expression")
    if expression:
        return expression
    stated = metadata_field(metadata, "License").strip()
    classified: list[str] = [line.removeprefix(_CLASSIFIER) for line in metadata.get_all("Classifier") or ()]
    for words in (stated, *classified):
        if _SPDX.fullmatch(words):
            return words
        if words.lower() in _WORDS:
            return _WORDS[words.lower()]
    is_plain = stated and stated.upper() != "UNKNOWN" and "\n" not in stated
    return stated if is_plain else ""


def metadata_field(metadata: PackageMetadata, name: str) -> str:
    """Return the first field of this name in a distribution's metadata; ``""`` if there is none."""
    found: list[str] = metadata.get_all(name) or []
    return found[0] if found else ""
