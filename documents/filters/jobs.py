"""What lists of jobs can be filtered by."""

from __future__ import annotations

import django_filters as filters

from documents.models import Job, JobKind, JobState


class JobFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=JobKind.choices)
    state = filters.ChoiceFilter(choices=JobState.choices)

    class Meta:
        model = Job
        fields: tuple[str, ...] = ()
