"""A clock that tests set, for what is counted or shown by time."""

from __future__ import annotations

import pytest

# Half a minute into a window of any phase.
START = 1_800_000_000


class Clock:
    """Stands in for the module `time` where rates are counted and codes are read."""

    def __init__(self) -> None:
        self.now: float = START

    def time(self) -> float:
        """Return the seconds since the epoch."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock until the test lets it go on."""
    stopped = Clock()
    for module in (
        "django.core.cache.backends.base",
        "django.core.cache.backends.locmem",
        "django_ratelimit.core",
        "config.api.throttling",
        "users.services.codes",
    ):
        monkeypatch.setattr(f"{module}.time", stopped)
    return stopped
