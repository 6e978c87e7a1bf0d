"""How what is wrong in a piece of JSON is told."""

from __future__ import annotations

from collections.abc import Iterable

MAX_DETAIL = 300


class NotFitting(ValueError):
    """Something in a piece of JSON is wrong: where (a JSON pointer within it), a code, and why."""

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        shown = detail if len(detail) <= MAX_DETAIL else f"{detail[: MAX_DETAIL - 1]}…"
        super().__init__(pointer, code, shown)
        self.pointer = pointer
        self.code = code
        self.detail = shown


def pointer_to(path: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) that a path of names and indexes is; "" for none."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in path)
