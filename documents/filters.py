"""What document lists can be filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from config.api.filters import TrueOrFalseFilter
from documents.models import Document, Invitation, Project, Split, Status


class ProjectFilter(filters.FilterSet):
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()

    def in_bin(self, rows: QuerySet[Project], name: str, value: bool) -> QuerySet[Project]:
        """Keep the deleted projects, or those that are not."""
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)


class InvitationFilter(filters.FilterSet):
    state = filters.ChoiceFilter(
        choices=[(state, state) for state in Invitation.STATES],
        method="in_state",
        label="How it stands.",
    )

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = ()

    def in_state(self, rows: Any, name: str, value: str) -> QuerySet[Invitation]:
        """Keep the invitations that stand so."""
        kept: QuerySet[Invitation] = rows.in_state(value)
        return kept


class DocumentFilter(filters.FilterSet):
    """Public names only; nothing of a request becomes the name of a column."""

    status = filters.ChoiceFilter(choices=Status.choices)
    split = filters.ChoiceFilter(choices=Split.choices)
    language = filters.CharFilter(label="Exactly this BCP 47 tag.")
    external_id = filters.CharFilter(label="The one that you call so.")
    tag = filters.CharFilter(method="with_tag", label="Has this tag.")
    sha256 = filters.CharFilter(label="With a file, or text, of this SHA-256.")
    created_after = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gt", label="Later than this time."
    )
    created_before = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lt", label="Earlier than this time."
    )
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()

    def with_tag(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        """Keep the documents with the tag."""
        return rows.filter(tags__contains=[value])

    def in_bin(self, rows: QuerySet[Document], name: str, value: bool) -> QuerySet[Document]:
        """Keep the deleted documents, or those that are not."""
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)
