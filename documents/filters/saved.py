"""What a saved filter may ask for: what the list of documents takes, but another saved filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ValidationError

from config.api.problems import InvalidQuery
from documents.filters.documents import DocumentFilter
from documents.filters.metadata import FAMILY
from documents.models import Document


def check_query(
    document_filter: type[DocumentFilter],
    query: Mapping[str, Any],
    *,
    request: Any,
    project_id: UUID,
) -> None:
    """Hold a query against the very filter that will apply it, as who asks.

    Raises ValidationError, with a dictionary of what is wrong with each parameter.
    """
    for name, value in query.items():
        _check_name(document_filter, name, value)
    rows = Document.objects.visible_to(request.user).filter(project=project_id)
    try:
        document_filter.of_query(query, rows, request=request, project_id=project_id).rows()
    except InvalidQuery as error:
        parameter = error.members["errors"][0]["parameter"]
        raise ValidationError({parameter: [error.detail]}) from error


def _check_name(document_filter: type[DocumentFilter], name: str, value: Any) -> None:
    known = document_filter.parameters() - {"filter"}
    if name not in known and not name.startswith(FAMILY):
        expected = f"{', '.join(sorted(known))}, {FAMILY}<name>"
        raise ValidationError({name: [f"Unknown filter; expected: {expected}."]})
    if isinstance(value, list) and name not in document_filter.repeatable():
        raise ValidationError({name: ["Expected one text."]})
