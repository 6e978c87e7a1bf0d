"""What the pages that show annotated text give their templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from annotations.admin.reading import read
from annotations.models import AnnotationSet
from documents.models import Revision
from users.admin import user_of


def annotated_text(
    request: HttpRequest, revision: Revision, sets: Sequence[AnnotationSet]
) -> dict[str, Any]:
    """Return the context of `text.html`; `?part=` asks for a part of a long text."""
    asked = request.GET.get("part", "")[:9]
    part = int(asked) if asked.isascii() and asked.isdigit() else 1
    revision.refresh_from_db(fields=["text", "layout"])  # both, which lists leave, in one query
    return {
        "reading": read(user_of(request), revision, sets, part),
        "csp_nonce": request.csp_nonce,  # type: ignore[attr-defined]
    }
