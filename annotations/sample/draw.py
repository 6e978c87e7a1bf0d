"""The one source of chance in the demo: the same on every machine, for the same seed."""

import random


def seeded(*seed: str | int) -> random.Random:
    """Return a generator whose draws depend on the seed alone."""
    return random.Random("/".join(map(str, seed)))  # noqa: S311 - repeatable, and guards nothing
