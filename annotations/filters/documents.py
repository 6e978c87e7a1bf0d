"""What lists of documents can be filtered by of the annotations on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Exists, QuerySet

from annotations.models import State
from annotations.services.finding import annotated, labelled
from config.api.filters import OneOfFilter, SeveralFilter
from documents.filters import DocumentFilter


class AnnotatedDocumentFilter(DocumentFilter):
    """Documents by what the user who asks sees of the annotations on them."""

    annotation_state = OneOfFilter(
        choices=[("none", "no set at all"), *State.choices],
        method="in_annotation_state",
        label="With an annotation set in one of these states.",
    )
    annotated_by = SeveralFilter(
        item=forms.UUIDField(), method="by_author", label="With a set of one of these users."
    )
    label = SeveralFilter(
        item=forms.UUIDField(), method="with_labels", label="With all of these labels, by id."
    )
    without_label = SeveralFilter(
        item=forms.UUIDField(), method="without_labels", label="Without any of these labels."
    )

    def in_annotation_state(
        self, rows: QuerySet[Any], name: str, value: list[str]
    ) -> QuerySet[Any]:
        """Keep what has a set in one of the states, or (none) what has no set."""
        states = [state for state in value if state != "none"]
        found = Exists(annotated(self.user, state__in=states))
        return rows.filter(found | ~Exists(annotated(self.user)) if "none" in value else found)

    def by_author(self, rows: QuerySet[Any], name: str, value: list[UUID]) -> QuerySet[Any]:
        """Keep what has a set of one of the users."""
        return rows.filter(Exists(annotated(self.user, author__in=value)))

    def with_labels(self, rows: QuerySet[Any], name: str, value: list[UUID]) -> QuerySet[Any]:
        """Keep what has all of the labels."""
        for label in value:
            rows = rows.filter(Exists(labelled(self.user, label=label)))
        return rows

    def without_labels(self, rows: QuerySet[Any], name: str, value: list[UUID]) -> QuerySet[Any]:
        """Keep what has none of the labels."""
        return rows.filter(~Exists(labelled(self.user, label__in=value)))
