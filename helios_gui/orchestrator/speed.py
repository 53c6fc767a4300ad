"""How fast a job goes and when it will be done, from what was measured lately."""

from __future__ import annotations

from collections import deque

_WINDOW_SECONDS = 20.0
_SAMPLE_SECONDS = 0.25
_TRUST_AFTER_SECONDS = 0.5


class SpeedMeter:
    """Frames per second over a sliding window of the last 20 seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self, now: float, frames_done: int) -> None:
        """Note that ``frames_done`` frames were done at ``now`` (seconds). Lost work starts the window anew."""
        samples = self._samples
        if samples and frames_done < samples[-1][1]:
            samples.clear()
        if len(samples) >= 2 and now - samples[-2][0] < _SAMPLE_SECONDS:
            samples[-1] = (now, frames_done)
        else:
            samples.append((now, frames_done))
        while len(samples) > 2 and now - samples[0][0] > _WINDOW_SECONDS:
            samples.popleft()

    def frames_per_second(self) -> float | None:
        """The measured speed, or ``None`` before there is enough to say."""
        if len(self._samples) < 2:
            return None
        (start, first), (end, last) = self._samples[0], self._samples[-1]
        if end - start < _TRUST_AFTER_SECONDS or last <= first:
            return None
        return (last - first) / (end - start)

    def eta(self, frames_left: int) -> float | None:
        """Seconds until ``frames_left`` more frames are done, or ``None`` while unknown."""
        speed = self.frames_per_second()
        return frames_left / speed if speed else None
