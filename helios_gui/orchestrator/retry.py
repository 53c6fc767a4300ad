"""Whether a failed attempt is worth another, and how long to wait first."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from helios_gui.types import ExecutionPolicy, FailureKind
from helios_gui.utils.disk_space import SpaceShortage

_DIGITS = re.compile(r"\d+")
_SAME_ERROR_LIMIT = 2


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt: what kind, why in words, and how many frames it had done by then.

    ``shortage`` is set where there was no room on a disk: not the chunk's fault, and no other chunk would fare better.
    """

    kind: FailureKind
    cause: str
    frames_done: int = 0
    shortage: SpaceShortage | None = None

    def resembles(self, other: Failure) -> bool:
        """Return whether the words are the same (numbers apart), without progress in between."""
        same_words = _DIGITS.sub("#", self.cause) == _DIGITS.sub("#", other.cause)
        return same_words and self.frames_done <= other.frames_done


class RetryBudget:
    """The failures of one chunk so far, judged one by one."""

    def __init__(self, policy: ExecutionPolicy) -> None:
        self._policy = policy
        self._spent = 0
        self._throttled = 0
        self._alike = 0
        self._last: Failure | None = None

    def judge(self, failure: Failure) -> float | None:
        """Return the seconds to wait before the next attempt, or ``None`` when there shall be none.

        Fatal failures get no second try. Throttling costs no retry, only patience. An error that came back
        twice without a single frame of progress will come back a third time, whatever the budget says.
        """
        if failure.kind is FailureKind.FATAL:
            return None
        if failure.kind is FailureKind.THROTTLED:
            self._throttled += 1
            return self._backoff(self._throttled)
        self._alike = self._alike + 1 if self._last and failure.resembles(self._last) else 1
        self._last = failure
        self._spent += 1
        if self._spent > self._policy.retries:
            return None
        if self._alike > _SAME_ERROR_LIMIT and failure.frames_done == 0:
            return None
        return self._backoff(self._spent)

    def _backoff(self, step: int) -> float:
        """Return random seconds from 0 to delay·2^(step−1), or to the policy's maximum where that is less."""
        ceiling = min(self._policy.retry_delay_max, self._policy.retry_delay * 2 ** min(step - 1, 30))
        return random.uniform(0, ceiling)
