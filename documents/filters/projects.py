"""What lists of projects and invitations can be filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from config.api.filters import DeletedFilter
from documents.models import Invitation, Project


class ProjectFilter(filters.FilterSet):
    deleted = DeletedFilter()

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()


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
