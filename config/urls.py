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
    PersonalDataViewSet,
)
from config import docs, error_pages, health
from documents.pages import InvitationPage
from documents.views import (
    AcceptanceViewSet,
    DocumentViewSet,
    InvitationViewSet,
    MembershipViewSet,
    OfferViewSet,
    ProjectViewSet,
    ServiceAccountViewSet,
    ServiceTokenViewSet,
)
from users import pages
from users.admin import oidc
from users.views import (
    AccessTokenViewSet,
    DeviceViewSet,
    EmailChangeViewSet,
    MeViewSet,
    NoSecondFactorViewSet,
    OidcDepartureViewSet,
    OidcProvidersViewSet,
    OidcTokenViewSet,
    OwnAccountViewSet,
    PasswordChangeViewSet,
    PasswordResetViewSet,
    RecoveryCodesViewSet,
    RegistrationViewSet,
    SecondFactorViewSet,
    SecurityLogViewSet,
    SignOutViewSet,
    TokenViewSet,
)

COLLECTION: Any = {"get": "list", "post": "create"}
ITEM: Any = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

v1: list[URLPattern] = [
    path("auth/register", RegistrationViewSet.as_view({"post": "create"}), name="register"),
    path("auth/verify-email", RegistrationViewSet.as_view({"post": "verify"}), name="verify-email"),
    path(
        "auth/verify-email/resend",
        RegistrationViewSet.as_view({"post": "resend"}),
        name="verify-email-resend",
    ),
    path(
        "auth/password-reset",
        PasswordResetViewSet.as_view({"post": "create"}),
        name="password-reset",
    ),
    path(
        "auth/password-reset/confirm",
        PasswordResetViewSet.as_view({"post": "confirm"}),
        name="password-reset-confirm",
    ),
    path(
        "auth/email-change/confirm",
        EmailChangeViewSet.as_view({"post": "confirm"}),
        name="email-change-confirm",
    ),
    path("auth/token", TokenViewSet.as_view({"post": "create"}), name="token"),
    path("auth/token/refresh", TokenViewSet.as_view({"post": "refresh"}), name="token-refresh"),
    path("auth/oidc", OidcProvidersViewSet.as_view({"get": "retrieve"}), name="oidc-providers"),
    path(
        "auth/oidc/authorize",
        OidcDepartureViewSet.as_view({"post": "create"}),
        name="oidc-authorize",
    ),
    path("auth/oidc/token", OidcTokenViewSet.as_view({"post": "create"}), name="oidc-token"),
    path(
        "auth/oidc/second-factor",
        OidcTokenViewSet.as_view({"post": "second_factor"}),
        name="oidc-second-factor",
    ),
    path("auth/logout", SignOutViewSet.as_view({"post": "create"}), name="logout"),
    path(
        "auth/logout-everywhere",
        SignOutViewSet.as_view({"post": "everywhere"}),
        name="logout-everywhere",
    ),
    path("users/me", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path(
        "users/me/password",
        PasswordChangeViewSet.as_view({"post": "create"}),
        name="password-change",
    ),
    path(
        "users/me/email",
        OwnAccountViewSet.as_view({"post": "change_email"}),
        name="email-change",
    ),
    path(
        "users/me/deactivate",
        OwnAccountViewSet.as_view({"post": "deactivate"}),
        name="account-deactivate",
    ),
    path("users/me/erase", OwnAccountViewSet.as_view({"post": "erase"}), name="account-erase"),
    path(
        "users/me/export",
        PersonalDataViewSet.as_view({"get": "retrieve"}),
        name="personal-data",
    ),
    path("users/me/tokens", AccessTokenViewSet.as_view(COLLECTION), name="access-tokens"),
    path("tokens/<uuid:pk>", AccessTokenViewSet.as_view(ITEM), name="access-token"),
    path("users/me/devices", DeviceViewSet.as_view({"get": "list"}), name="devices"),
    path("users/me/devices/<uuid:pk>", DeviceViewSet.as_view({"delete": "destroy"}), name="device"),
    path(
        "users/me/second-factor",
        SecondFactorViewSet.as_view({"get": "retrieve", "post": "create"}),
        name="second-factor",
    ),
    path(
        "users/me/second-factor/confirm",
        RecoveryCodesViewSet.as_view({"post": "confirm"}),
        name="second-factor-confirm",
    ),
    path(
        "users/me/second-factor/recovery-codes",
        RecoveryCodesViewSet.as_view({"post": "renew"}),
        name="recovery-codes",
    ),
    path(
        "users/me/second-factor/disable",
        NoSecondFactorViewSet.as_view({"post": "create"}),
        name="second-factor-disable",
    ),
    path("security-log", SecurityLogViewSet.as_view({"get": "list"}), name="security-log"),
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
    path(
        "projects/<uuid:project_id>/service-accounts",
        ServiceAccountViewSet.as_view(COLLECTION),
        name="service-accounts",
    ),
    path("service-accounts/<uuid:pk>", ServiceAccountViewSet.as_view(ITEM), name="service-account"),
    path(
        "service-accounts/<uuid:service_account_id>/tokens",
        ServiceTokenViewSet.as_view(COLLECTION),
        name="service-account-tokens",
    ),
    path(
        "projects/<uuid:project_id>/transfer",
        MembershipViewSet.as_view({"post": "transfer"}),
        name="transfer",
    ),
    path(
        "projects/<uuid:project_id>/invitations",
        InvitationViewSet.as_view(COLLECTION),
        name="invitations",
    ),
    path(
        "invitations/<uuid:pk>",
        InvitationViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="invitation",
    ),
    path(
        "invitations/accept",
        AcceptanceViewSet.as_view({"post": "create"}),
        name="invitation-accept",
    ),
    path(
        "invitations/preview",
        OfferViewSet.as_view({"post": "preview"}),
        name="invitation-preview",
    ),
    path(
        "invitations/register",
        OfferViewSet.as_view({"post": "register"}),
        name="invitation-register",
    ),
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
    path("documents/<uuid:pk>/boxes", DocumentViewSet.as_view({"get": "boxes"}), name="boxes"),
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
    path("account/forgot", pages.ForgotPage.as_view(), name="account-forgot"),
    path("account/verify/<str:token>", pages.VerifyPage.as_view(), name="account-verify"),
    path("account/reset/<str:token>", pages.ResetPage.as_view(), name="account-reset"),
    path("account/email/<str:token>", pages.EmailPage.as_view(), name="account-email"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("account/oidc/<slug:name>/start", oidc.start, name="oidc-start"),
    path("account/invitation", InvitationPage.as_view(), name="account-invitation"),
    path("account/oidc/callback", oidc.callback, name="oidc-callback"),
    path("account/oidc/code", oidc.code, name="oidc-code"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = error_pages.bad_request
handler403 = error_pages.forbidden
handler404 = error_pages.not_found
handler500 = error_pages.server_error
