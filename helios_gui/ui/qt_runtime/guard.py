"""Overrides of Qt methods that cannot take the process down.

A ``TypeError`` raised inside an overridden method that Qt reached through another PySide call (``data()`` while
painting, ``closeEvent`` through ``close()``) crashes Python 3.11 instead of being reported. A guarded override
hands every exception to ``sys.excepthook`` and answers Qt with a safe default.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from inspect import isfunction
from typing import ParamSpec, Protocol, TypeVar, overload

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Class = TypeVar("Class", bound=type)

_MARK = "__guarded__"


class _Guard(Protocol):
    @overload
    def __call__(self, target: Class) -> Class: ...
    @overload
    def __call__(self, target: Callable[Parameters, Result]) -> Callable[Parameters, Result]: ...


def guarded(default: object = None) -> _Guard:
    """Guard one override (Qt gets ``default`` when it fails) or a whole class.

    On a class it guards every method of its body that overrides one of Qt's, and is not guarded by itself;
    use it where ``None`` is a fine answer (event handlers, painting), and the other form elsewhere::

        @guarded()
        class Panel(QWidget):
            def paintEvent(self, event): ...

            @guarded(QSize(200, 100))
            def sizeHint(self): ...
    """

    def decorate(target):  # type: ignore[no-untyped-def]
        if not isinstance(target, type):
            return _guard_function(target, default)
        for name, member in list(vars(target).items()):
            if isfunction(member) and not hasattr(member, _MARK) and _overrides_qt(target, name):
                setattr(target, name, _guard_function(member, default))
        return target

    return decorate


def _overrides_qt(owner: type, name: str) -> bool:
    if name.startswith("__"):
        return False
    return any(name in vars(base) for base in owner.__mro__[1:] if base.__module__.startswith("PySide6."))


def _guard_function(function: Callable[Parameters, Result], default: object) -> Callable[Parameters, Result]:
    @wraps(function)
    def safely(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except Exception:
            sys.excepthook(*sys.exc_info())
            return default  # type: ignore[return-value]

    setattr(safely, _MARK, True)
    return safely
