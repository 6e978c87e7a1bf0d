"""The page of a document with its annotations.

`documents` knows nothing of annotations, so its pages of documents are replaced here, once, by
the same pages with the annotated text and the review on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce, Left
from django.http import Http404, HttpRequest
from django.urls import reverse

from annotations.admin.page import annotated_text
from annotations.admin.placing import address_to_place, placing
from annotations.admin.sets import REVIEW, next_for
from annotations.models import Anchoring, Annotation, AnnotationSet, State
from annotations.services import document_erasure
from annotations.services.document_erasure import preview
from config.admin import Step, badge
from config.admin.steps import Offer
from config.api.concurrency import Precondition
from documents.admin import DocumentAdmin
from documents.models import Document
from users.admin import user_of
from users.models import User

SHORT = 80
MOST_LOST = 100


@dataclass(frozen=True)
class Row:
    """A set in the table above the text: how much it says, and what can be done to it."""

    annotation_set: AnnotationSet
    count: int
    state: str
    offers: list[Offer]


@dataclass(frozen=True)
class Lost:
    """An annotation in the table of what has no place, and what can be done to it."""

    annotation: Annotation
    quote: str
    place_url: str
    offers: list[Offer]


def _is_in_bin(document: Document) -> bool:
    return document.deleted_at is not None and document.erased_at is None


def _erase(actor: User, document: Document, precondition: Precondition, reason: str) -> None:
    precondition.check(document)
    document_erasure.erase_document(actor=actor, document=document, confirm=reason)


class AnnotatedDocumentAdmin(DocumentAdmin):
    """Documents as curators need them: with what awaits review, and who said what."""

    steps = (
        *DocumentAdmin.steps,
        Step(
            "erase",
            "Erase",
            "on its way to be erased; its job tells when it is.",
            "document.erase",
            _erase,
            _is_in_bin,
            asks="This takes its text, file, annotations and history out of this site for good, "
            "and the files of earlier jobs of the project. Type its title to confirm it.",
            look="grave",
            in_bulk=False,
        ),
    )
    change_form_template = "admin/annotations/document.html"
    list_display = (*DocumentAdmin.list_display[:2], "to_review", *DocumentAdmin.list_display[2:])

    def get_queryset(self, request: HttpRequest) -> Any:
        sets = AnnotationSet.objects.visible_to(user_of(request))
        submitted = sets.filter(document=OuterRef("pk"), state=State.SUBMITTED).order_by()
        counted = submitted.values("document").annotate(n=Count("pk")).values("n")
        rows = super().get_queryset(request)
        return rows.annotate(submitted=Coalesce(Subquery(counted), 0))

    @admin.display(description="to review")
    def to_review(self, document: Any) -> str:
        return str(document.submitted or "")

    def shown_with(self, request: HttpRequest, resource: Any) -> dict[str, Any]:
        sets = self._sets(request, resource)
        chosen = _chosen(request, sets)
        revision = chosen.revision if chosen else resource.revision
        shown = super().shown_with(request, resource) | {
            "rows": self._rows(request, sets),
            "chosen": chosen,
            "revision": revision,
            "lost": self._lost(request, sets),
            "next_url": self._next_url(request, chosen),
            "state": self.state(resource),
            "error": self.error(resource) if resource.error_code else "",
            "source": self.source_link(resource),
            "would_be_erased": preview(resource) if _is_in_bin(resource) else None,
        }
        if revision is None:
            return shown
        drawn = [chosen] if chosen else [one for one in sets if one.revision == revision]
        text = annotated_text(request, revision, drawn)
        may_place = self.allows(request, REVIEW, resource)
        return shown | text | {"placing": placing(request, revision) if may_place else None}

    def _sets(self, request: HttpRequest, document: Document) -> list[AnnotationSet]:
        """Return the document's sets that the user sees, sharing its revision."""
        rows = AnnotationSet.objects.visible_to(user_of(request)).filter(document=document)
        rows = rows.select_related("author", "reviewer", "revision")
        found = list(rows.defer("revision__text", "revision__layout").order_by("id"))
        for one in found:
            one.document = document
            if one.revision == document.revision:
                one.revision = document.revision
        return found

    def _rows(self, request: HttpRequest, sets: list[AnnotationSet]) -> list[Row]:
        live = Annotation.objects.visible_to(user_of(request)).live()
        per_set = live.filter(annotation_set__in=sets).values_list("annotation_set")
        counts = dict(per_set.annotate(Count("id")))
        pages: Any = self.admin_site.get_model_admin(AnnotationSet)
        return [
            Row(one, counts.get(one.pk, 0), badge(one.state), pages.offers(request, one))
            for one in sets
        ]

    def _lost(self, request: HttpRequest, sets: list[AnnotationSet]) -> list[Lost]:
        """Return the first of those annotations that have no place in the present text."""
        rows = Annotation.objects.visible_to(user_of(request)).live()
        lost = rows.filter(annotation_set__in=sets, anchoring=Anchoring.LOST)
        related = lost.select_related("label", "author", "revision").order_by("id")
        without = ("quote", "body", "revision__text", "revision__layout")
        found: Any = related.defer(*without).annotate(short=Left("quote", SHORT + 1))[:MOST_LOST]
        pages: Any = self.admin_site.get_model_admin(Annotation)
        return [
            Lost(one, one.short, address_to_place(one), pages.offers(request, one)) for one in found
        ]

    def _next_url(self, request: HttpRequest, chosen: AnnotationSet | None) -> str:
        """Return where the next set to review is, if there is one."""
        if next_for(user_of(request), chosen) is None:
            return ""
        url = reverse("admin:annotations_annotationset_next")
        return f"{url}?after={chosen.pk}" if chosen else url


def _chosen(request: HttpRequest, sets: list[AnnotationSet]) -> AnnotationSet | None:
    """Return the set that `?set=` names; what is foreign is missing."""
    asked = request.GET.get("set")
    if asked is None:
        return None
    found = [one for one in sets if str(one.pk) == asked]
    if not found:
        raise Http404
    return found[0]


admin.site.unregister(Document)
admin.site.register(Document, AnnotatedDocumentAdmin)
