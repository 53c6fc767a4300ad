"""Keeps PySide from reading the source of every module that is imported, while the window starts.

PySide looks for its own name in it, to know which modules ``from __feature__ import …`` may change; there is none here.
"""

from __future__ import annotations

import sys

_MODULE = "shibokensupport.feature"
_SEARCH = "_mod_uses_pyside"


def stop_feature_search() -> bool:
    """Have PySide take every module for one that it must not change. Returns whether this version has the search."""
    import PySide6.QtCore  # noqa: F401  it brings the module

    feature = sys.modules.get(_MODULE)
    if not hasattr(feature, _SEARCH):
        return False
    setattr(feature, _SEARCH, lambda _module: False)
    return True
