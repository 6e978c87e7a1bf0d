"""Every address of the site. A second version of the API is a second map over the same services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import URLPattern, include, path
from django.views.generic import RedirectView

from annotations.views import (
    AnnotationSetViewSet,
    AnnotationViewSet,
    ExportViewSet,
    LabelViewSet,
)
from config import docs, error_pages, health
from documents.views import DocumentViewSet, MembershipViewSet, ProjectViewSet
from users.views import MeViewSet, RegistrationViewSet, SignOutViewSet, TokenViewSet

COLLECTION: Any = {"get": "list", "post": "create"}
ITEM: Any = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

v1: list[URLPattern] = [
    path("auth/register", RegistrationViewSet.as_view({"post": "create"}), name="register"),
    path("auth/token", TokenViewSet.as_view({"post": "create"}), name="token"),
    path("auth/token/refresh", TokenViewSet.as_view({"post": "refresh"}), name="token-refresh"),
    path("auth/logout", SignOutViewSet.as_view({"post": "create"}), name="logout"),
    path("users/me", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("projects", ProjectViewSet.as_view(COLLECTION), name="projects"),
    path("projects/<uuid:pk>", ProjectViewSet.as_view(ITEM), name="project"),
    path(
        "projects/<uuid:pk>/restore",
        ProjectViewSet.as_view({"post": "restore"}),
        name="project-restore",
    ),
    path(
        "projects/<uuid:project_id>/members", MembershipViewSet.as_view(COLLECTION), name="members"
    ),
    path("members/<uuid:pk>", MembershipViewSet.as_view(ITEM), name="member"),
    path("projects/<uuid:project_id>/labels", LabelViewSet.as_view(COLLECTION), name="labels"),
    path("labels/<uuid:pk>", LabelViewSet.as_view(ITEM), name="label"),
    path(
        "labels/<uuid:pk>/restore", LabelViewSet.as_view({"post": "restore"}), name="label-restore"
    ),
    path(
        "projects/<uuid:project_id>/documents",
        DocumentViewSet.as_view(COLLECTION),
        name="documents",
    ),
    path("documents/<uuid:pk>", DocumentViewSet.as_view(ITEM), name="document"),
    path("documents/<uuid:pk>/text", DocumentViewSet.as_view({"get": "text"}), name="text"),
    path("documents/<uuid:pk>/layout", DocumentViewSet.as_view({"get": "layout"}), name="layout"),
    path("documents/<uuid:pk>/source", DocumentViewSet.as_view({"get": "source"}), name="source"),
    path(
        "documents/<uuid:pk>/reprocess",
        DocumentViewSet.as_view({"post": "reprocess"}),
        name="reprocess",
    ),
    path(
        "documents/<uuid:pk>/restore",
        DocumentViewSet.as_view({"post": "restore"}),
        name="document-restore",
    ),
    path(
        "documents/<uuid:document_id>/annotation-sets",
        AnnotationSetViewSet.as_view(COLLECTION),
        name="annotation-sets",
    ),
    path(
        "projects/<uuid:project_id>/annotation-sets",
        AnnotationSetViewSet.as_view({"get": "list"}),
        name="project-annotation-sets",
    ),
    path(
        "annotation-sets/<uuid:pk>",
        AnnotationSetViewSet.as_view({"get": "retrieve"}),
        name="annotation-set",
    ),
    path(
        "annotation-sets/<uuid:pk>/submit",
        AnnotationSetViewSet.as_view({"post": "submit"}),
        name="submit",
    ),
    path(
        "annotation-sets/<uuid:pk>/approve",
        AnnotationSetViewSet.as_view({"post": "approve"}),
        name="approve",
    ),
    path(
        "annotation-sets/<uuid:pk>/return",
        AnnotationSetViewSet.as_view({"post": "return_for_work"}),
        name="return",
    ),
    path(
        "documents/<uuid:document_id>/annotations",
        AnnotationViewSet.as_view(COLLECTION),
        name="annotations",
    ),
    path(
        "documents/<uuid:document_id>/annotations/bulk",
        AnnotationViewSet.as_view({"post": "bulk_create"}),
        name="annotations-bulk",
    ),
    path("annotations/<uuid:pk>", AnnotationViewSet.as_view(ITEM), name="annotation"),
    path(
        "annotations/<uuid:pk>/restore",
        AnnotationViewSet.as_view({"post": "restore"}),
        name="annotation-restore",
    ),
    path(
        "projects/<uuid:project_id>/export",
        ExportViewSet.as_view({"get": "retrieve"}),
        name="export",
    ),
]

urlpatterns = [
    path("", docs.home, name="home"),
    path("api/v1/", include((v1, "v1"))),
    path("api/schema", docs.schema, name="schema"),
    path("api/docs", docs.SwaggerView.as_view(), name="docs"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = error_pages.bad_request
handler403 = error_pages.forbidden
handler404 = error_pages.not_found
handler500 = error_pages.server_error
