"""What lists of labels, sets, annotations and annotated documents can be filtered by."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any
from uuid import UUID

import django_filters as filters
from django import forms
from django.db.models import Exists, Q, QuerySet
from django_filters.utils import translate_validation

from annotations.models import (
    Anchoring,
    Annotation,
    AnnotationSet,
    Comment,
    Kind,
    Label,
    Notification,
    NotificationKind,
    Relation,
    SetKind,
    State,
)
from annotations.services.finding import annotated, labelled
from config.api.filters import MomentFilter, OneOfFilter, SeveralFilter, TrueOrFalseFilter
from config.api.problems import InvalidQuery
from documents.filters import DocumentFilter

ATTRIBUTE = "attribute."  # of which any parameter begins that asks for one


class LabelFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Kind.choices)
    name = filters.CharFilter(label="Exactly this name.")
    parent = filters.UUIDFilter(field_name="parent_id", label="Right below this label.")
    top = TrueOrFalseFilter(method="at_top", label="`true`: below no other; `false`: below one.")
    archived = TrueOrFalseFilter(method="in_archive", label="`true`: what can be restored.")

    class Meta:
        model = Label
        fields: tuple[str, ...] = ()

    def at_top(self, rows: QuerySet[Label], name: str, value: bool) -> QuerySet[Label]:
        """Keep the labels that are below no other, or those that are below one."""
        return rows.filter(parent=None) if value else rows.exclude(parent=None)

    def in_archive(self, rows: QuerySet[Label], name: str, value: bool) -> QuerySet[Label]:
        """Keep the archived labels, or those that are not."""
        return rows.exclude(archived_at=None) if value else rows.filter(archived_at=None)


class AnnotationSetFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=State.choices)
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    kind = filters.ChoiceFilter(choices=SetKind.choices)
    model_run = filters.UUIDFilter(field_name="model_run_id", label="Of this run of a model.")

    class Meta:
        model = AnnotationSet
        fields: tuple[str, ...] = ()


class AnnotationFilter(filters.FilterSet):
    label = filters.UUIDFilter(field_name="label_id", label="With this label.")
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    annotation_set = filters.UUIDFilter(field_name="annotation_set_id", label="In this set.")
    state = filters.ChoiceFilter(field_name="annotation_set__state", choices=State.choices)
    kind = filters.ChoiceFilter(
        field_name="annotation_set__kind", choices=SetKind.choices, label="In a set of this kind."
    )
    model_run = filters.UUIDFilter(
        field_name="annotation_set__model_run_id", label="Of this run of a model."
    )
    anchoring = filters.ChoiceFilter(
        choices=Anchoring.choices,
        label="`lost`: what has no place in the present text; it is left out otherwise.",
    )
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")

    class Meta:
        model = Annotation
        fields: tuple[str, ...] = ()

    def in_bin(self, rows: QuerySet[Annotation], name: str, value: bool) -> QuerySet[Annotation]:
        """Keep the deleted annotations, or those that are not."""
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)


class RelationFilter(filters.FilterSet):
    label = filters.UUIDFilter(field_name="label_id", label="With this label.")
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    annotation_set = filters.UUIDFilter(field_name="annotation_set_id", label="In this set.")
    source = filters.UUIDFilter(field_name="source_id", label="From this annotation.")
    target = filters.UUIDFilter(field_name="target_id", label="To this annotation.")
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")

    class Meta:
        model = Relation
        fields: tuple[str, ...] = ()

    def in_bin(self, rows: QuerySet[Relation], name: str, value: bool) -> QuerySet[Relation]:
        """Keep the deleted relations, or those that are not."""
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)


class CommentFilter(filters.FilterSet):
    resolved = TrueOrFalseFilter(method="in_settled", label="Of threads that are resolved, or not.")
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    mentioned = filters.UUIDFilter(method="to_somebody", label="Which mention this user.")
    on = filters.ChoiceFilter(
        choices=[("document", "the document"), ("annotation", "an annotation")],
        method="on_kind",
        label="On the document itself, or on an annotation.",
    )
    replies = TrueOrFalseFilter(
        method="with_replies", label="`true`: the replies too, in the order in which all was said."
    )
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")

    class Meta:
        model = Comment
        fields: tuple[str, ...] = ()

    def in_settled(self, rows: QuerySet[Comment], name: str, value: bool) -> QuerySet[Comment]:
        """Keep what is said in resolved threads, or in the others."""
        begins = Q(parent=None, resolved_at__isnull=not value)
        return rows.filter(begins | Q(parent__isnull=False, parent__resolved_at__isnull=not value))

    def to_somebody(self, rows: QuerySet[Comment], name: str, value: UUID) -> QuerySet[Comment]:
        """Keep what mentions somebody."""
        return rows.filter(mentions__contains=[value])

    def on_kind(self, rows: QuerySet[Comment], name: str, value: str) -> QuerySet[Comment]:
        """Keep what is said of documents themselves, or of annotations."""
        return rows.filter(annotation__isnull=value == "document")

    def with_replies(self, rows: QuerySet[Comment], name: str, value: bool) -> QuerySet[Comment]:
        """Keep all that is said, or what begins threads."""
        return rows if value else rows.filter(parent=None)

    def in_bin(self, rows: QuerySet[Comment], name: str, value: bool) -> QuerySet[Comment]:
        """Keep the deleted comments, or those that are not."""
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)


class NotificationFilter(filters.FilterSet):
    unread = TrueOrFalseFilter(method="in_news", label="`true`: what is new.")
    project = filters.UUIDFilter(field_name="project_id", label="Of this project.")
    kind = filters.ChoiceFilter(choices=NotificationKind.choices)

    class Meta:
        model = Notification
        fields: tuple[str, ...] = ()

    def in_news(
        self, rows: QuerySet[Notification], name: str, value: bool
    ) -> QuerySet[Notification]:
        """Keep what is new, or what has been read."""
        return rows.filter(read_at=None) if value else rows.exclude(read_at=None)


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


class FoundAnnotationFilter(filters.FilterSet):
    """Annotations of a project; a parameter given several times is fulfilled by any value.

    Beside these, `attribute.<name>` takes the value of an attribute. Deleted and lost ones are
    left out unless they are asked for.
    """

    label = SeveralFilter(item=forms.UUIDField(), field_name="label_id", label="With this label.")
    kind = OneOfFilter(choices=Kind.choices, field_name="label__kind", label="Of this kind.")
    author = SeveralFilter(item=forms.UUIDField(), field_name="author_id", label="By this user.")
    document = SeveralFilter(
        item=forms.UUIDField(), field_name="document_id", label="Of this document."
    )
    annotation_set = SeveralFilter(
        item=forms.UUIDField(), field_name="annotation_set_id", label="In this set."
    )
    set_kind = OneOfFilter(
        choices=SetKind.choices, field_name="annotation_set__kind", label="In sets of this kind."
    )
    state = OneOfFilter(
        choices=State.choices, field_name="annotation_set__state", label="In sets in this state."
    )
    model_run = filters.UUIDFilter(
        field_name="annotation_set__model_run_id", label="Of this run of a model."
    )
    quote = filters.CharFilter(strip=False, label="Of exactly these words.")
    text = filters.CharFilter(
        field_name="quote", lookup_expr="icontains", strip=False, label="Of words that contain it."
    )
    created_after = MomentFilter(
        field_name="created_at", lookup_expr="gt", label="Later than this time."
    )
    created_before = MomentFilter(
        field_name="created_at", lookup_expr="lt", label="Earlier than this time."
    )
    updated_after = MomentFilter(
        field_name="updated_at", lookup_expr="gt", label="Changed later than this time."
    )
    anchoring = OneOfFilter(choices=Anchoring.choices, label="That came to its place so.")
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")

    class Meta:
        model = Annotation
        fields: tuple[str, ...] = ()

    @classmethod
    def repeatable(cls) -> frozenset[str]:
        """Return the names of those that may be given several times."""
        several = (OneOfFilter, SeveralFilter)
        return frozenset(name for name, one in cls.base_filters.items() if isinstance(one, several))

    def rows(self) -> QuerySet[Any]:
        """Return the annotations that fit; raises InvalidQuery, ValidationError."""
        if self.errors:
            raise translate_validation(self.errors)
        rows: QuerySet[Any] = self.qs
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply what is asked for, and what goes without saying."""
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        if "deleted" not in self.data:
            rows = rows.filter(deleted_at=None)
        if "anchoring" not in self.data:
            rows = rows.exclude(anchoring=Anchoring.LOST)
        for name, value in self.data.items():
            if name.startswith(ATTRIBUTE):
                rows = rows.filter(_has_attribute(name, value))
        return rows

    def in_bin(self, rows: QuerySet[Annotation], name: str, value: bool) -> QuerySet[Annotation]:
        """Keep the deleted annotations, or those that are not."""
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)


def _has_attribute(parameter: str, text: str) -> Q:
    """Return the condition that an attribute has a value, be that a text, a number or a truth."""
    name = parameter.removeprefix(ATTRIBUTE)
    if not name:
        raise InvalidQuery(parameter, f"Expected {ATTRIBUTE}<name>.")
    wanted = Q(attributes__contains={name: text})
    with suppress(ValueError):
        value = json.loads(text)
        if isinstance(value, int | float) and math.isfinite(value):
            wanted |= Q(attributes__contains={name: value})
    return wanted & ~Q(attributes={})  # as the index has it
