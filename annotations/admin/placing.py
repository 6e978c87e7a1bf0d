"""Give what was lost a place in the present text: by selecting there, or where its words are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from annotations.models import Anchoring, Annotation
from annotations.services.annotations import update_annotation
from config.admin.steps import MAX_VERSION
from config.api.concurrency import Precondition
from documents.models import Revision
from documents.offsets import OffsetUnit
from users.admin import user_of
from users.models import User

FOUND = 20
CONTEXT = 40
LONGEST = 1_000


class PlaceForm(forms.Form):
    """Where an annotation is put, in code points of the revision that its page showed."""

    version = forms.IntegerField(min_value=1, max_value=MAX_VERSION, widget=forms.HiddenInput)
    revision = forms.UUIDField(widget=forms.HiddenInput)
    start = forms.IntegerField(label="From character", min_value=0, max_value=MAX_VERSION)
    end = forms.IntegerField(label="to", min_value=1, max_value=MAX_VERSION)


@dataclass(frozen=True)
class Occurrence:
    """A stretch of the text that reads like what is looked for, and what stands around it."""

    start: int
    end: int
    before: str
    quote: str
    after: str


@dataclass(frozen=True)
class Placing:
    """What the page of a document shows to have an annotation placed."""

    annotation: Annotation
    form: PlaceForm
    url: str
    wanted: str
    occurrences: list[Occurrence]
    has_more: bool


def placing(request: HttpRequest, revision: Revision) -> Placing | None:
    """Return what `?place=` names, if it was lost on the way to this text, with `?find=` found."""
    rows = Annotation.objects.visible_to(user_of(request)).live().select_related("label")
    lost = rows.filter(anchoring=Anchoring.LOST, annotation_set__revision=revision)
    try:
        annotation = lost.filter(pk=UUID(request.GET.get("place", ""))).first()
    except ValueError:
        return None
    if annotation is None:
        return None
    wanted = request.GET.get("find", annotation.quote)[:LONGEST]
    found = list(islice(occurrences(revision.text, wanted), FOUND + 1))
    form = PlaceForm(initial={"version": annotation.version, "revision": revision.pk})
    url = reverse("admin:annotations_annotation_place", args=[annotation.pk])
    return Placing(annotation, form, url, wanted, found[:FOUND], len(found) > FOUND)


def occurrences(text: str, wanted: str) -> Iterator[Occurrence]:
    """Yield where the words stand in the text, whatever their case and the blanks between them."""
    pattern = r"\s+".join(map(re.escape, wanted.split()))
    for found in re.finditer(pattern, text, re.IGNORECASE) if pattern else ():
        start, end = found.span()
        before, after = text[max(start - CONTEXT, 0) : start], text[end : end + CONTEXT]
        yield Occurrence(start, end, before, found[0], after)


def place(
    actor: User, annotation: Annotation, *, version: int, revision: UUID, start: int, end: int
) -> None:
    """Place it where the page showed it; raises what update_annotation does.

    What stands there in the revision that was shown goes along as the quote: if the text has
    changed meanwhile, the service finds something else there.
    """
    shown = Revision.objects.visible_to(actor).filter(document=annotation.document_id, pk=revision)
    text = shown.values_list("text", flat=True).first() or ""
    update_annotation(
        author=actor,
        annotation=annotation,
        precondition=Precondition(frozenset({version})),
        changes={"start": start, "end": end, "quote": text[start:end]},
        unit=OffsetUnit.CODE_POINTS,
        is_curator=True,
    )


def address_to_place(annotation: Annotation) -> str:
    """Return where a lost annotation is given a place: its document's page, with its set."""
    page = reverse("admin:documents_document_change", args=[annotation.document_id])
    return f"{page}?set={annotation.annotation_set_id}&place={annotation.pk}#place"
