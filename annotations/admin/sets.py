"""Annotation sets in the admin: read, approve, return, and on to the next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from annotations.admin.page import annotated_text
from annotations.models import AnnotationSet, SetKind, State
from annotations.services import sets
from config.admin import Awaiting, ColumnFilter, Step, badge, capped_count
from config.admin.steps import Offer
from config.api.concurrency import Precondition
from documents.admin import InProjectAdmin, ProjectFilter
from documents.permissions import projects_where
from users.admin import user_of
from users.models import User

REVIEW = "set.review"


class StateFilter(ColumnFilter):
    title = "state"
    parameter_name = "state"
    options = State.choices


class KindFilter(ColumnFilter):
    title = "kind"
    parameter_name = "kind"
    options = SetKind.choices


def _approve(actor: User, annotation_set: AnnotationSet, precondition: Precondition) -> None:
    sets.approve(reviewer=actor, annotation_set=annotation_set, precondition=precondition)


def _return(
    actor: User, annotation_set: AnnotationSet, precondition: Precondition, reason: str
) -> None:
    sets.return_for_work(
        reviewer=actor, annotation_set=annotation_set, precondition=precondition, reason=reason
    )


def waiting_for(user: User) -> QuerySet[AnnotationSet]:
    """Return the submitted sets that the user may review, the oldest first."""
    rows: QuerySet[AnnotationSet] = AnnotationSet.objects.visible_to(user)
    rows = rows.filter(state=State.SUBMITTED, project__in=projects_where(user, REVIEW))
    return rows.exclude(author=user, project__four_eyes=True).order_by("id")


def next_for(user: User, after: AnnotationSet | None) -> AnnotationSet | None:
    """Return the set to review after another: of its document first, then by age, around."""
    waiting = waiting_for(user)
    if after is None:
        return waiting.first()
    others = waiting.exclude(pk=after.pk)
    same_document = others.filter(document_id=after.document_id)
    return same_document.first() or others.filter(pk__gt=after.pk).first() or others.first()


def address_of(annotation_set: AnnotationSet) -> str:
    """Return where a set is read and decided on: its document's page, showing it alone."""
    page = reverse("admin:documents_document_change", args=[annotation_set.document_id])
    return f"{page}?set={annotation_set.pk}"


@admin.register(AnnotationSet)
class AnnotationSetAdmin(InProjectAdmin):
    """What awaits review, and each set by itself."""

    change_form_template = "admin/annotations/set.html"
    list_display = ("document", "by", "status", "submitted_at", "reviewed_by", "project")
    list_filter = (StateFilter, ProjectFilter, KindFilter)
    list_select_related = ("document", "author", "reviewer", "project")
    search_fields = ("document__title",)
    search_help_text = "How the author's e-mail begins, or a set's or document's id"
    shown_fields = (
        "document_link",
        "by",
        "status",
        "submitted_at",
        "reviewed_by",
        "reviewed_at",
        "reason",
        "revision_number",
        "kind",
        "project",
        "id",
        "version",
        "created_at",
        "updated_at",
    )
    steps = (
        Step(
            "approve",
            "Approve",
            "approved.",
            REVIEW,
            _approve,
            lambda one: one.state == State.SUBMITTED,
            look="default",
        ),
        Step(
            "return",
            "Return",
            "returned to its author.",
            REVIEW,
            _return,
            lambda one: one.state in {State.SUBMITTED, State.APPROVED},
            asks="What is the author to do?",
            in_bulk=False,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related(*self.list_select_related, "revision")
        return rows.defer("revision__text", "revision__layout")

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            return rows.filter(pk=UUID(text)) | rows.filter(document_id=UUID(text))
        except ValueError:
            return rows.filter(author__email__istartswith=text)

    def name_of(self, resource: Any) -> str:
        return f"{resource.document} by {resource.author}"

    def offers(self, request: HttpRequest, resource: Any) -> list[Offer]:
        """Offer nobody the review of their own work where the project asks for four eyes."""
        is_own = resource.author_id == user_of(request).pk
        return [] if is_own and resource.project.four_eyes else super().offers(request, resource)

    def onward(self, resource: Any) -> str:
        return f"{reverse('admin:annotations_annotationset_next')}?after={resource.pk}"

    def awaiting(self, request: HttpRequest) -> list[Awaiting]:
        waiting = capped_count(waiting_for(user_of(request)))
        url = reverse("admin:annotations_annotationset_next")
        return [Awaiting(waiting, "sets to review", url)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.next)
        return [path("next/", view, name="annotations_annotationset_next"), *super().get_urls()]

    def next(self, request: HttpRequest) -> HttpResponse:
        """Lead to the next set that waits for review, after the one that `after` names."""
        user = user_of(request)
        after = self._named(request, request.GET.get("after", ""))
        found = next_for(user, after)
        if found is None:
            self.message_user(request, "Nothing waits for your review.", messages.INFO)
            return redirect("admin:index")
        return redirect(address_of(found))

    def _named(self, request: HttpRequest, set_id: str) -> AnnotationSet | None:
        try:
            found: AnnotationSet | None = self.get_queryset(request).filter(pk=UUID(set_id)).first()
        except ValueError:
            return None
        return found

    def shown_with(self, request: HttpRequest, resource: Any) -> dict[str, Any]:
        text = annotated_text(request, resource.revision, [resource])
        facts = {"document_url": address_of(resource), "state": self.status(resource)}
        return super().shown_with(request, resource) | text | facts

    @admin.display(description="state")
    def status(self, annotation_set: AnnotationSet) -> str:
        return badge(annotation_set.state)

    @admin.display(description="author")
    def by(self, annotation_set: AnnotationSet) -> str:
        return str(annotation_set.author)

    @admin.display(description="reviewer")
    def reviewed_by(self, annotation_set: AnnotationSet) -> str:
        return str(annotation_set.reviewer or "-")

    @admin.display(description="revision")
    def revision_number(self, annotation_set: AnnotationSet) -> int:
        return annotation_set.revision.number

    @admin.display(description="document")
    def document_link(self, annotation_set: AnnotationSet) -> str:
        return format_html(
            '<a href="{}">{}</a>', address_of(annotation_set), annotation_set.document
        )
