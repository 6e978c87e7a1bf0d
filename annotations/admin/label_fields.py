"""What the form of a label is filled in with: a schema as JSON, joins as lines of names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from annotations.models import Label
from config.api.parsers import parse_object
from config.api.problems import MalformedBody

ARROW = "->"


class SchemaField(forms.JSONField):
    """A JSON Schema, as strict as in the API; nothing stands for none."""

    widget = forms.Textarea(attrs={"rows": 10, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """Return the object, or None; raises ValidationError."""
        if value in self.empty_values or isinstance(value, dict):
            return value or None
        try:
            return parse_object(value)
        except MalformedBody as error:
            raise ValidationError(error.detail) from error

    def prepare_value(self, value: Any) -> str:
        """Return the text of the field, which is what was sent where that is no JSON."""
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, ensure_ascii=False, indent=2)


class JoinsField(forms.CharField):
    """The pairs of labels that a relation may join, a line each: `person -> place`."""

    widget = forms.Textarea(attrs={"rows": 6})

    def offer(self, labels: Iterable[Label]) -> None:
        """Let these labels be joined; of two with one name, each is called with its kind."""
        given = list(labels)
        times = Counter(label.name for label in given)
        self.names = {
            str(label.pk): label.name if times[label.name] == 1 else f"{label.name} ({label.kind})"
            for label in given
        }

    def prepare_value(self, value: Any) -> str:
        """Return the lines of pairs, or the text as it was sent."""
        if not isinstance(value, list):
            return value or ""
        lines = (f"{self._name(source)} {ARROW} {self._name(target)}" for source, target in value)
        return "\n".join(lines)

    def to_python(self, value: Any) -> Any:
        """Return the pairs of ids; raises ValidationError with the line that is wrong."""
        lines = enumerate((value or "").splitlines(), 1)
        return [self._pair(number, line) for number, line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether other pairs are meant than before."""
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True

    def _name(self, pk: str) -> str:
        return self.names.get(pk, pk)

    def _pair(self, number: int, line: str) -> list[str]:
        ids = {name: pk for pk, name in self.names.items()}
        ends = [end.strip() for end in line.split(ARROW)]
        if len(ends) != 2 or not all(end in ids or end in self.names for end in ends):  # noqa: PLR2004
            text = f"Line {number}: expected two labels of the project, as in: person {ARROW} place"
            raise ValidationError(text)
        return [ids.get(end, end) for end in ends]
