"""Single annotations in the admin: to find and read; their authors change them.

What was lost when its document got another text has no author who must know of it: curators give
it a place there, or delete it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from annotations.admin.placing import PlaceForm, address_to_place, place
from annotations.admin.sets import REVIEW, address_of
from annotations.models import Anchoring, Annotation, State
from annotations.services.annotations import delete_annotation, restore_annotation
from config.admin import Awaiting, BinFilter, ColumnFilter, ListFilter, Step, badge, capped_count
from config.admin.steps import first_error, told
from config.api.concurrency import Precondition
from config.api.problems import Problem
from documents.admin import InProjectAdmin, ProjectFilter
from documents.permissions import projects_where
from users.admin import user_of
from users.models import User

SHORT = 80


class SetStateFilter(ListFilter):
    title = "state of its set"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return State.choices

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(annotation_set__state=value)


class AnchoringFilter(ColumnFilter):
    title = "place"
    parameter_name = "anchoring"
    options = Anchoring.choices


def _delete(actor: User, annotation: Annotation, precondition: Precondition) -> None:
    delete_annotation(
        author=actor, annotation=annotation, precondition=precondition, is_curator=True
    )


def _restore(actor: User, annotation: Annotation, precondition: Precondition) -> None:
    restore_annotation(author=actor, annotation=annotation, is_curator=True)


def _is_lost(annotation: Annotation) -> bool:
    return annotation.anchoring == Anchoring.LOST


@admin.register(Annotation)
class AnnotationAdmin(InProjectAdmin):
    """What was said, where, by whom."""

    list_display = ("label", "short_quote", "by", "state", "document", "created_at")
    list_filter = (ProjectFilter, SetStateFilter, AnchoringFilter, BinFilter)
    search_fields = ("id",)
    search_help_text = (
        "An annotation's, document's or label's id, or how the author's e-mail begins"
    )
    shown_fields = (
        "label",
        "where",
        "anchored",
        "quote",
        "body",
        "confidence",
        "by",
        "state",
        "document_link",
        "project",
        "id",
        "version",
        "created_at",
        "updated_at",
        "deleted_at",
    )
    steps = (
        Step(
            "delete",
            "Delete",
            "deleted; it can be restored.",
            REVIEW,
            _delete,
            lambda one: _is_lost(one) and one.deleted_at is None,
            look="grave",
        ),
        Step(
            "restore",
            "Restore",
            "restored, without a place.",
            REVIEW,
            _restore,
            lambda one: _is_lost(one) and one.deleted_at is not None,
            look="default",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).defer("quote", "prefix", "suffix", "body")
        related = ("label", "author", "annotation_set", "document", "project")
        return rows.select_related(*related).annotate(short=Left("quote", SHORT))

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            pk = UUID(text)
        except ValueError:
            return rows.filter(author__email__istartswith=text)
        return rows.filter(Q(pk=pk) | Q(document_id=pk) | Q(label_id=pk))

    def name_of(self, resource: Any) -> str:
        return f"{resource.label}: {resource.short}"

    def awaiting(self, request: HttpRequest) -> list[Awaiting]:
        user = user_of(request)
        lost = Annotation.objects.visible_to(user).live().filter(anchoring=Anchoring.LOST)
        waiting = capped_count(lost.filter(project__in=projects_where(user, REVIEW)))
        url = f"{reverse('admin:annotations_annotation_changelist')}?anchoring={Anchoring.LOST}"
        return [Awaiting(waiting, "annotations without a place", url)]

    # A place for what was lost

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.place)
        name = "annotations_annotation_place"
        return [path("<uuid:object_id>/place/", view, name=name), *super().get_urls()]

    def place(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Give what was lost the place that was chosen, then lead to its document."""
        annotation = self.get_object(request, str(object_id))
        if not self.allows(request, REVIEW, annotation):
            raise PermissionDenied
        if request.method == "POST" and self._placed(request, annotation):
            self.message_user(request, f"{self.name_of(annotation)}: placed.", messages.SUCCESS)
            return redirect(address_of(annotation.annotation_set))
        return redirect(address_to_place(annotation))

    def _placed(self, request: HttpRequest, annotation: Annotation) -> bool:
        form = PlaceForm(request.POST)
        if not form.is_valid():
            self.message_user(request, first_error(form), messages.ERROR)
            return False
        try:
            place(user_of(request), annotation, **form.cleaned_data)
        except Problem as problem:
            self.message_user(request, told(problem), messages.ERROR)
            return False
        return True

    # What the pages show

    @admin.display(description="quote")
    def short_quote(self, annotation: Any) -> str:
        return annotation.short or "the whole document"

    @admin.display(description="author")
    def by(self, annotation: Annotation) -> str:
        return str(annotation.author)

    @admin.display(description="state")
    def state(self, annotation: Annotation) -> str:
        if annotation.deleted_at:
            return badge("deleted")
        return badge(annotation.annotation_set.state)

    @admin.display(description="where")
    def where(self, annotation: Annotation) -> str:
        if annotation.page is not None:
            return f"page {annotation.page + 1}"
        if annotation.start is None:
            return "the whole document"
        place = f"characters {annotation.start:,} to {annotation.end:,}"
        if annotation.anchoring == Anchoring.LOST:
            return f"{place} of revision {annotation.revision.number}"
        return place

    @admin.display(description="anchored")
    def anchored(self, annotation: Annotation) -> str:
        way = annotation.get_anchoring_display()
        sure = annotation.anchor_confidence
        return way if sure is None else f"{way} ({sure:.0%} sure)"

    @admin.display(description="document")
    def document_link(self, annotation: Annotation) -> str:
        is_open = _is_lost(annotation) and annotation.deleted_at is None
        where = address_to_place(annotation) if is_open else address_of(annotation.annotation_set)
        return format_html('<a href="{}">{}</a>', where, annotation.document)
