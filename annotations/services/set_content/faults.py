"""What is wrong with a content, each fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from annotations.errors import InvalidAnnotation, InvalidContent
from annotations.services.targets import Fields

Result = TypeVar("Result")


class Faults:
    """Gathers what is wrong, as {pointer, code, detail} and maybe more."""

    def __init__(self) -> None:
        self._errors: list[dict[str, Any]] = []

    def add(self, pointer: str, code: str, detail: str) -> None:
        """Note one fault."""
        self._errors.append({"pointer": pointer, "code": code, "detail": detail})

    def of_each(
        self, name: str, items: Sequence[Fields], make: Callable[[Fields], Result]
    ) -> list[Result]:
        """Return what is made of the items of a list, with what is wrong noted by its place."""
        made = []
        for number, fields in enumerate(items):
            try:
                made.append(make(fields))
            except InvalidAnnotation as problem:
                self._add_problem(f"/{name}/{number}", problem)
        return made

    def require_none(self) -> None:
        """Raise InvalidContent unless nothing is wrong."""
        if self._errors:
            first = self._errors[0]
            raise InvalidContent(f"{first['pointer']}: {first['detail']}", errors=self._errors)

    def _add_problem(self, place: str, problem: InvalidAnnotation) -> None:
        more = {name: told for name, told in problem.members.items() if name != "errors"}
        for error in problem.members["errors"]:
            self._errors.append({**error, **more, "pointer": place + error["pointer"]})
