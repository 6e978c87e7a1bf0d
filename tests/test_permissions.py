"""Who may do what: every role on every route and method, and that the refused change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from annotations.models import AnnotationSet, Kind, ModelRun, Relation, State
from config.urls import v1
from documents.models import Document, JobKind, JobState, MetadataField, Revision, Role, SavedFilter
from documents.services.invitations import invite
from documents.services.uploads import begin_upload
from tests.client import BASE, Client
from tests.factories import (
    PASSWORD,
    AccessTokenFactory,
    AnnotationFactory,
    AnnotationSetFactory,
    CommentFactory,
    DeliveryFactory,
    DocumentFactory,
    JobFactory,
    LabelFactory,
    MembershipFactory,
    NotificationFactory,
    ProjectFactory,
    RelationFactory,
    UserFactory,
    WebhookFactory,
    service_account_in,
    token_of,
)
from tests.users.oidc_provider import REDIRECT_URI, bodies_at, member, running_provider
from users.confirmations import Purpose, issue
from users.models import ExternalIdentity, LoginSession, Scope, User
from users.services.sign_ins import open_session

# What each caller (named at the head of their column) is answered. The resources are a project's,
# and as far as they have an author, its annotator's. The stranger is a member of another project,
# the staff of none. The tokens are the manager's; but for the first two they are of every scope,
# and the foreign one is for another project of theirs.
TABLE = """
                                nobody
                                |   stranger
                                |   |   staff
                                |   |   |   viewer
                                |   |   |   |   annotator
                                |   |   |   |   |   curator
                                |   |   |   |   |   |   manager
                                |   |   |   |   |   |   |   superuser
                                |   |   |   |   |   |   |   |     read-token
                                |   |   |   |   |   |   |   |     |   write-token
                                |   |   |   |   |   |   |   |     |   |   project-token
                                |   |   |   |   |   |   |   |     |   |   |   foreign-token
                                |   |   |   |   |   |   |   |     |   |   |   |   expired-token

POST   register                 201 201 201 201 201 201 201 201   201 201 201 201 201
POST   verify-email             200 200 200 200 200 200 200 200   200 200 200 200 200
POST   verify-email-resend      202 202 202 202 202 202 202 202   202 202 202 202 202
POST   password-reset           202 202 202 202 202 202 202 202   202 202 202 202 202
POST   password-reset-confirm   204 204 204 204 204 204 204 204   204 204 204 204 204
POST   email-change-confirm     200 200 200 200 200 200 200 200   200 200 200 200 200
POST   trust-address            200 200 200 200 200 200 200 200   200 200 200 200 200
POST   token                    200 200 200 200 200 200 200 200   200 200 200 200 200
POST   token-refresh            200 200 200 200 200 200 200 200   200 200 200 200 200
GET    oidc-providers           200 200 200 200 200 200 200 200   200 200 200 200 200
POST   oidc-authorize           200 200 200 200 200 200 200 200   200 200 200 200 200
POST   oidc-token               200 200 200 200 200 200 200 200   200 200 200 200 200
POST   oidc-second-factor       200 200 200 200 200 200 200 200   200 200 200 200 200
POST   logout                   401 204 204 204 204 204 204 204   403 403 403 403 401
POST   logout-everywhere        401 204 204 204 204 204 204 204   403 403 403 403 401
GET    me                       401 200 200 200 200 200 200 200   200 200 200 200 401
PATCH  me                       401 200 200 200 200 200 200 200   403 403 403 403 401
POST   password-change          401 200 200 200 200 200 200 200   403 403 403 403 401
POST   email-change             401 200 200 200 200 200 200 200   403 403 403 403 401
POST   account-deactivate       401 409 204 204 204 204 409 204   403 403 403 403 401
POST   account-erase            401 409 204 204 204 204 409 204   403 403 403 403 401
GET    personal-data            401 200 200 200 200 200 200 200   403 403 403 403 401

GET    access-tokens            401 200 200 200 200 200 200 200   403 403 403 403 401
POST   access-tokens            401 201 201 201 201 201 201 201   403 403 403 403 401
GET    access-token             401 404 404 404 200 404 404 200   403 403 403 403 401
PATCH  access-token             401 404 404 404 200 404 404 200   403 403 403 403 401
DELETE access-token             401 404 404 404 204 404 404 204   403 403 403 403 401

GET    devices                  401 200 200 200 200 200 200 200   403 403 403 403 401
DELETE device                   401 404 404 404 204 404 404 404   403 403 403 403 401
GET    oidc-identities          401 200 200 200 200 200 200 200   403 403 403 403 401
POST   oidc-identities          401 200 200 200 200 200 200 200   403 403 403 403 401
POST   oidc-identity-confirm    401 401 401 401 200 401 401 401   403 403 403 403 401
DELETE oidc-identity            401 404 404 404 204 404 404 404   403 403 403 403 401
GET    second-factor            401 200 200 200 200 200 200 200   403 403 403 403 401
POST   second-factor            401 200 200 200 200 200 200 200   403 403 403 403 401
POST   second-factor-confirm    401 409 409 409 409 409 409 409   403 403 403 403 401
POST   recovery-codes           401 409 409 409 409 409 409 409   403 403 403 403 401
POST   second-factor-disable    401 409 409 409 409 409 409 409   403 403 403 403 401
GET    security-log             401 200 200 200 200 200 200 200   403 403 200 200 401

GET    projects                 401 200 200 200 200 200 200 200   200 200 200 200 401
POST   projects                 401 201 201 201 201 201 201 201   403 403 403 403 401
GET    project                  401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  project                  401 404 404 403 403 403 200 200   403 403 200 404 401
DELETE project                  401 404 404 403 403 403 204 204   403 403 204 404 401
POST   project-restore          401 404 404 403 403 403 200 200   403 403 404 404 401

GET    members                  401 404 404 200 200 200 200 200   200 200 200 404 401
POST   members                  401 404 404 403 403 403 201 201   403 403 201 404 401
GET    member                   401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  member                   401 404 404 403 403 403 200 200   403 403 200 404 401
DELETE member                   401 404 404 403 403 403 204 204   403 403 204 404 401

POST   transfer                 401 404 404 403 403 403 200 200   403 403 200 404 401
GET    invitations              401 404 404 403 403 403 200 200   200 200 200 404 401
POST   invitations              401 404 404 403 403 403 201 201   403 403 201 404 401
GET    invitation               401 404 404 403 403 403 200 200   200 200 200 404 401
DELETE invitation               401 404 404 403 403 403 204 204   403 403 204 404 401
POST   invitation-accept        401 201 201 409 409 409 409 201   403 403 403 403 401
POST   invitation-preview       200 200 200 200 200 200 200 200   200 200 200 200 200
POST   invitation-register      201 201 201 201 201 201 201 201   201 201 201 201 201

GET    service-accounts         401 404 404 403 403 403 200 200   200 200 200 404 401
POST   service-accounts         401 404 404 403 403 403 201 201   403 403 201 404 401
GET    service-account          401 404 404 403 403 403 200 200   200 200 200 404 401
PATCH  service-account          401 404 404 403 403 403 200 200   403 403 200 404 401
DELETE service-account          401 404 404 403 403 403 204 204   403 403 204 404 401
GET    service-account-tokens   401 404 404 403 403 403 200 200   403 403 403 403 401
POST   service-account-tokens   401 404 404 403 403 403 201 201   403 403 403 403 401

GET    webhooks                 401 404 404 403 403 403 200 200   200 200 200 404 401
POST   webhooks                 401 404 404 403 403 403 201 201   403 403 201 404 401
GET    webhook                  401 404 404 403 403 403 200 200   200 200 200 404 401
PATCH  webhook                  401 404 404 403 403 403 200 200   403 403 200 404 401
DELETE webhook                  401 404 404 403 403 403 204 204   403 403 204 404 401
POST   webhook-rotate-secret    401 404 404 403 403 403 200 200   403 403 200 404 401
POST   webhook-test             401 404 404 403 403 403 202 202   403 403 202 404 401
POST   webhook-enable           401 404 404 403 403 403 200 200   403 403 200 404 401
POST   webhook-disable          401 404 404 403 403 403 200 200   403 403 200 404 401
POST   webhook-replay           401 404 404 403 403 403 202 202   403 403 202 404 401
GET    deliveries               401 404 404 403 403 403 200 200   200 200 200 404 401
GET    delivery                 401 404 404 403 403 403 200 200   200 200 200 404 401
POST   redeliver                401 404 404 403 403 403 202 202   403 403 202 404 401

GET    labels                   401 404 404 200 200 200 200 200   200 200 200 404 401
POST   labels                   401 404 404 403 403 403 201 201   403 403 201 404 401
GET    label                    401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  label                    401 404 404 403 403 403 200 200   403 403 200 404 401
DELETE label                    401 404 404 403 403 403 204 204   403 403 204 404 401
POST   label-restore            401 404 404 403 403 403 200 200   403 403 200 404 401
GET    label-usage              401 404 404 403 403 200 200 200   200 200 200 404 401
POST   label-merge              401 404 404 403 403 403 202 202   403 403 202 404 401
POST   label-split              401 404 404 403 403 403 202 202   403 403 202 404 401
POST   job-undo                 401 404 404 403 403 403 202 202   403 403 202 404 401
GET    project-schema           401 404 404 200 200 200 200 200   200 200 200 404 401
PUT    project-schema           401 404 404 403 403 403 200 200   403 403 200 404 401
POST   schema-copy              401 404 404 403 403 403 200 200   403 403 422 404 401
GET    schema-versions          401 404 404 200 200 200 200 200   200 200 200 404 401

GET    metadata-fields          401 404 404 200 200 200 200 200   200 200 200 404 401
POST   metadata-fields          401 404 404 403 403 403 201 201   403 403 201 404 401
GET    metadata-field           401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  metadata-field           401 404 404 403 403 403 200 200   403 403 200 404 401
DELETE metadata-field           401 404 404 403 403 403 204 204   403 403 204 404 401

GET    saved-filters            401 404 404 200 200 200 200 200   200 200 200 404 401
POST   saved-filters            401 404 404 201 201 201 201 201   403 201 201 404 401
GET    saved-filter             401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  saved-filter             401 404 404 403 200 403 403 403   403 403 403 404 401
DELETE saved-filter             401 404 404 403 204 403 403 403   403 403 403 404 401

GET    documents                401 404 404 200 200 200 200 200   200 200 200 404 401
POST   documents                401 404 404 403 403 403 201 201   403 201 201 404 401
POST   documents-bulk           401 404 404 403 403 403 200 200   403 200 200 404 401
POST   near-duplicates-job      401 404 404 403 403 403 202 202   403 202 202 404 401
GET    near-duplicates          401 404 404 200 200 200 200 200   200 200 200 404 401
GET    document-facets          401 404 404 200 200 200 200 200   200 200 200 404 401
GET    document                 401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  document                 401 404 404 403 403 403 200 200   403 200 200 404 401
DELETE document                 401 404 404 403 403 403 204 204   403 204 204 404 401
POST   document-restore         401 404 404 403 403 403 200 200   403 200 200 404 401
GET    text                     401 404 404 200 200 200 200 200   200 200 200 404 401
GET    layout                   401 404 404 200 200 200 200 200   200 200 200 404 401
GET    boxes                    401 404 404 200 200 200 200 200   200 200 200 404 401
GET    words                    401 404 404 200 200 200 200 200   200 200 200 404 401
GET    source                   401 404 404 200 200 200 200 200   200 200 200 404 401
POST   reprocess                401 404 404 403 403 403 202 202   403 202 202 404 401
GET    revisions                401 404 404 200 200 200 200 200   200 200 200 404 401
POST   revisions                401 404 404 403 403 403 201 201   403 201 201 404 401
GET    revision                 401 404 404 200 200 200 200 200   200 200 200 404 401
GET    revision-source          401 404 404 200 200 200 200 200   200 200 200 404 401

POST   document-erase           401 404 404 403 403 403 202 202   403 403 202 404 401
POST   erasures                 401 404 404 403 403 403 202 202   403 403 202 404 401

POST   imports                  401 404 404 403 403 403 202 202   403 202 202 404 401
OPTIONS uploads                 401 404 404 403 403 403 204 204   403 204 204 404 401
POST   uploads                  401 404 404 403 403 403 201 201   403 201 201 404 401
OPTIONS upload                  401 404 404 404 404 404 204 404   403 204 204 404 401
GET    upload                   401 404 404 404 404 404 200 404   403 200 200 404 401
PATCH  upload                   401 404 404 404 404 404 204 404   403 204 204 404 401
DELETE upload                   401 404 404 404 404 404 204 404   403 204 204 404 401
GET    usage                    401 404 404 200 200 200 200 200   200 200 200 404 401
GET    progress                 401 404 404 200 200 200 200 200   200 200 200 404 401
GET    jobs                     401 404 404 403 403 200 200 200   200 200 200 404 401
GET    job                      401 404 404 403 403 200 200 200   200 200 200 404 401
GET    job-errors               401 404 404 403 403 200 200 200   200 200 200 404 401
GET    job-result               401 404 404 403 403 200 200 200   200 200 200 404 401
POST   job-cancel               401 404 404 403 403 403 200 200   403 200 200 404 401
POST   job-retry                401 404 404 403 403 403 202 202   403 202 202 404 401

GET    annotation-sets          401 404 404 200 200 200 200 200   200 200 200 404 401
POST   annotation-sets          401 404 404 403 200 200 200 200   403 200 200 404 401
GET    project-annotation-sets  401 404 404 200 200 200 200 200   200 200 200 404 401
GET    steps                    401 404 404 200 200 200 200 200   200 200 200 404 401
POST   undo                     401 404 404 403 409 409 409 409   403 409 409 404 401
POST   redo                     401 404 404 403 409 409 409 409   403 409 409 404 401
GET    project-annotations      401 404 404 200 200 200 200 200   200 200 200 404 401
GET    annotation-counts        401 404 404 200 200 200 200 200   200 200 200 404 401
GET    annotation-set           401 404 404 200 200 200 200 200   200 200 200 404 401
GET    set-content              401 404 404 200 200 200 200 200   200 200 200 404 401
PUT    set-content              401 404 404 403 200 403 403 403   403 403 403 404 401
POST   submit                   401 404 404 403 200 403 403 403   403 403 403 404 401
POST   approve                  401 404 404 403 403 200 200 200   403 200 200 404 401
POST   return                   401 404 404 403 403 200 200 200   403 200 200 404 401

GET    annotations              401 404 404 200 200 200 200 200   200 200 200 404 401
POST   annotations              401 404 404 403 201 201 201 201   403 201 201 404 401
POST   annotations-bulk         401 404 404 403 200 200 200 200   403 200 200 404 401
GET    lost-annotations         401 404 404 200 200 200 200 200   200 200 200 404 401
GET    annotation               401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  annotation               401 404 404 403 200 403 403 403   403 403 403 404 401
DELETE annotation               401 404 404 403 204 403 403 403   403 403 403 404 401
POST   annotation-restore       401 404 404 403 200 403 403 403   403 403 403 404 401
POST   restorations             401 404 404 403 403 202 202 202   403 202 202 404 401

GET    model-runs               401 404 404 200 200 200 200 200   200 200 200 404 401
POST   model-runs               401 404 404 403 201 201 201 201   403 201 201 404 401
GET    model-run                401 404 404 200 200 200 200 200   200 200 200 404 401

GET    relations                401 404 404 200 200 200 200 200   200 200 200 404 401
POST   relations                401 404 404 403 201 403 403 403   403 403 403 404 401
POST   relations-bulk           401 404 404 403 200 403 403 403   403 403 403 404 401
GET    relation                 401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  relation                 401 404 404 403 200 403 403 403   403 403 403 404 401
DELETE relation                 401 404 404 403 204 403 403 403   403 403 403 404 401
POST   relation-restore         401 404 404 403 200 403 403 403   403 403 403 404 401
GET    chains                   401 404 404 200 200 200 200 200   200 200 200 404 401

GET    events                   401 404 404 403 403 200 200 200   200 200 200 404 401
GET    event-stream             401 404 404 403 403 307 307 307   307 307 307 404 401
POST   event-ticket             401 404 404 403 403 201 201 201   201 201 201 404 401
GET    document-history         401 404 404 200 200 200 200 200   200 200 200 404 401
GET    label-history            401 404 404 200 200 200 200 200   200 200 200 404 401
GET    set-history              401 404 404 200 200 200 200 200   200 200 200 404 401
GET    annotation-history       401 404 404 200 200 200 200 200   200 200 200 404 401

GET    project-comments         401 404 404 200 200 200 200 200   200 200 200 404 401
GET    comments                 401 404 404 200 200 200 200 200   200 200 200 404 401
POST   comments                 401 404 404 403 201 201 201 201   403 201 201 404 401
GET    annotation-comments      401 404 404 200 200 200 200 200   200 200 200 404 401
POST   annotation-comments      401 404 404 403 201 201 201 201   403 201 201 404 401
GET    comment                  401 404 404 200 200 200 200 200   200 200 200 404 401
PATCH  comment                  401 404 404 403 200 403 403 403   403 403 403 404 401
DELETE comment                  401 404 404 403 204 403 204 204   403 204 204 404 401
GET    comment-replies          401 404 404 200 200 200 200 200   200 200 200 404 401
POST   comment-replies          401 404 404 403 201 201 201 201   403 201 201 404 401
POST   comment-resolve          401 404 404 403 200 200 200 200   403 200 200 404 401
POST   comment-reopen           401 404 404 403 200 200 200 200   403 200 200 404 401
POST   comment-restore          401 404 404 403 200 403 200 200   403 200 200 404 401
GET    notifications            401 200 200 200 200 200 200 200   200 200 200 200 401
GET    notification-count       401 200 200 200 200 200 200 200   200 200 200 200 401
POST   notifications-read       401 200 200 200 200 200 200 200   403 200 403 403 401
POST   notification-read        401 404 404 404 200 404 404 404   404 404 404 404 401

GET    export                   401 404 404 200 200 200 200 200   200 200 200 404 401
"""


class Line(NamedTuple):
    """What each role is answered on one method of one route."""

    method: str
    route: str
    statuses: dict[str, int]


ROLES = [line.replace("|", " ").strip() for line in TABLE.splitlines() if line.startswith(" ")]
_rows = [line.split() for line in TABLE.splitlines() if line.strip() and not line.startswith(" ")]
LINES = [
    Line(method, route, dict(zip(ROLES, map(int, statuses), strict=True)))
    for method, route, *statuses in _rows
]
KEYS = {str(route.name): list(route.pattern.converters) for route in v1}
METHODS = {
    str(route.name): {method.upper() for method in route.callback.actions if method != "head"}  # type: ignore[attr-defined]
    for route in v1
}
SURE = {"current_password": PASSWORD}
TUS = {"Tus_Resumable": "1.0.0", "Upload_Length": "3", "Upload_Offset": "0"}
# They have a mail sent, which changes nothing here, or take a secret to read by, or make one, or
# are told of nothing that is new.
MAILING = {
    "password-reset",
    "verify-email-resend",
    "invitation-preview",
    "event-ticket",
    "notifications-read",
}
NOBODY = "00000000-0000-7000-8000-000000000000"
# What must be asked for by name.
QUERIES = {"chains": f"?label={NOBODY}"}
EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITH_IDS = [line for line in LINES if KEYS[line.route]]

pytestmark = pytest.mark.django_db


def names(lines: list[Line]) -> list[str]:
    """Return what pytest calls a test of each line."""
    return [f"{line.method} {line.route}" for line in lines]


class World:
    """A project with somebody in each role, and what each route is asked for."""

    def __init__(self) -> None:
        self.project = ProjectFactory.create()
        self.people: dict[str, User] = {
            "stranger": MembershipFactory.create(role=Role.MANAGER).user,
            "staff": UserFactory.create(is_staff=True),
            "superuser": UserFactory.create(is_superuser=True),
        }
        deleted = ProjectFactory.create(deleted_at=timezone.now())
        for role in Role:
            self.people[role] = UserFactory.create()
            for project in (self.project, deleted):
                MembershipFactory.create(project=project, user=self.people[role], role=role)
        self.author = self.people[Role.ANNOTATOR]
        self.tokens = self._tokens(self.people[Role.MANAGER])
        self.label = LabelFactory.create(project=self.project, kind=Kind.DOCUMENT)
        service = service_account_in(self.project).pk
        boss, viewer = self.people[Role.MANAGER], Role.VIEWER
        invitation, token = invite(actor=boss, project=self.project, role=viewer)
        member = MembershipFactory.create(project=self.project, role=viewer).pk
        document = DocumentFactory.create(project=self.project)
        of_author = self._set(State.DRAFT)
        submitted = self._set(State.SUBMITTED).pk
        # Which row each route is asked for, by the route's name or else by the name of its key.
        self.ids: dict[str, Any] = {
            "project_id": self.project.pk,
            "document_id": document.pk,
            "service_account_id": service,
            "service-account": service,
            "device": self._device().pk,
            "access-token": AccessTokenFactory.create(user=self.author).pk,
            "oidc-identity": ExternalIdentity.objects.create(user=self.author).pk,
            "project": self.project.pk,
            "project-restore": deleted.pk,
            "member": member,
            "invitation": invitation.pk,
            "webhook": (webhook := WebhookFactory.create(project=self.project)).pk,
            "webhook_id": webhook.pk,
            "webhook-rotate-secret": webhook.pk,
            "webhook-test": webhook.pk,
            "webhook-disable": webhook.pk,
            "webhook-replay": webhook.pk,
            "webhook-enable": self._disabled_webhook().pk,
            "delivery": (delivery := DeliveryFactory.create(webhook=webhook)).pk,
            "redeliver": delivery.pk,
            "metadata-field": self._metadata_field().pk,
            "saved-filter": self._saved_filter().pk,
            "label": self.label.pk,
            "label-restore": self._label(archived_at=timezone.now()).pk,
            "label-usage": (span := self._label().pk),
            "label-merge": span,
            "label-split": span,
            "job-undo": self._relabelling().pk,
            "document": document.pk,
            "document-restore": self._document(deleted_at=timezone.now()).pk,
            "document-erase": (gone := self._document(deleted_at=timezone.now()).pk),
            "text": document.pk,
            "layout": document.pk,
            "boxes": document.pk,
            "words": document.pk,
            "source": self._document(source="a.txt").pk,
            "reprocess": self._document(source="b.txt").pk,
            "revision": document.pk,
            "revision-source": self._former().document_id,
            "job": self._job().pk,
            "job_id": self._job().pk,
            "upload": begin_upload(
                actor=boss, project=self.project, piece=None, length=3, name="a.txt"
            ).pk,
            "job-cancel": self._job().pk,
            "job-retry": self._job(state=JobState.CANCELLED).pk,
            "job-result": self._job(result="result").pk,
            "annotation-set": of_author.pk,
            "set-content": of_author.pk,
            "submit": of_author.pk,
            "approve": submitted,
            "return": submitted,
            "annotation": self._annotation(of_author).pk,
            "annotation_id": self._annotation(of_author).pk,
            "comment": (comment := self._comment(document)).pk,
            "comment_id": comment.pk,
            "comment-resolve": comment.pk,
            "comment-reopen": self._comment(
                document, resolved_at=timezone.now(), resolved_by=self.author
            ).pk,
            "comment-restore": self._comment(
                document, deleted_at=timezone.now(), deleted_by=self.author
            ).pk,
            "notification-read": NotificationFactory.create(person=self.author, comment=comment).pk,
            "document-history": document.pk,
            "label-history": self.label.pk,
            "set-history": of_author.pk,
            "annotation-history": self._annotation(of_author).pk,
            "annotation-restore": self._annotation(of_author, deleted_at=timezone.now()).pk,
            "model-run": ModelRun.objects.create(project=self.project, created_by=self.author).pk,
            "relation": (joined := self._relation(of_author)).pk,
            "relations": joined.document_id,
            "relations-bulk": joined.document_id,
            "relation-restore": self._relation(of_author, deleted_at=timezone.now()).pk,
        }
        self.bodies: dict[tuple[str, str], Any] = {
            ("POST", "register"): {"email": "new@example.org", "password": PASSWORD},
            ("POST", "token"): {"email": self.author.email, "password": PASSWORD},
            ("POST", "token-refresh"): {"refresh": self._refresh_token()},
            ("PATCH", "me"): {"name": "New"},
            ("POST", "verify-email"): {"token": issue(Purpose.VERIFY, self.author)},
            ("POST", "verify-email-resend"): {"email": self.author.email},
            ("POST", "password-reset"): {"email": self.author.email},
            ("POST", "password-reset-confirm"): {
                "token": issue(Purpose.RESET, self.author),
                "password": "an entirely new one",
            },
            ("POST", "email-change-confirm"): {
                "token": issue(Purpose.CHANGE_EMAIL, self.author, "new@example.org")
            },
            ("POST", "trust-address"): {
                "token": issue(Purpose.TRUST_ADDRESS, self.author, "192.0.2.7")
            },
            ("POST", "password-change"): SURE | {"password": "an entirely new one"},
            ("POST", "email-change"): SURE | {"email": "new@example.org"},
            ("POST", "account-deactivate"): SURE,
            ("POST", "account-erase"): SURE,
            ("POST", "second-factor"): {"current_password": PASSWORD},
            ("POST", "second-factor-confirm"): {"code": "123456"},
            ("POST", "recovery-codes"): {"code": "123456"},
            ("POST", "second-factor-disable"): {"current_password": PASSWORD, "code": "123456"},
            ("POST", "access-tokens"): {"name": "New", "scope": "read"},
            ("PATCH", "access-token"): {"name": "New"},
            ("POST", "service-accounts"): {"name": "New", "role": "viewer"},
            ("PATCH", "service-account"): {"name": "New"},
            ("POST", "service-account-tokens"): {"name": "New", "scope": "read"},
            ("POST", "projects"): {"name": "New"},
            ("PATCH", "project"): {"name": "New"},
            ("POST", "members"): {"email": UserFactory.create().email, "role": "viewer"},
            ("PATCH", "member"): {"role": "curator"},
            ("POST", "transfer"): {"member": str(member)},
            ("POST", "invitations"): {"role": "viewer"},
            ("POST", "invitation-accept"): {"token": token},
            ("POST", "invitation-preview"): {"token": token},
            ("POST", "invitation-register"): {
                "token": token,
                "email": "new@example.org",
                "password": PASSWORD,
            },
            ("POST", "webhooks"): {"url": "https://8.8.8.8/hook"},
            ("PATCH", "webhook"): {"description": "New"},
            ("POST", "webhook-replay"): {"since": "2026-01-01T00:00:00Z"},
            ("POST", "metadata-fields"): {"name": "year", "type": "number"},
            ("PATCH", "metadata-field"): {"type": "number"},
            ("POST", "saved-filters"): {"name": "New", "query": {"status": "ready"}},
            ("PATCH", "saved-filter"): {"name": "New"},
            ("POST", "labels"): {"kind": "span", "name": "new"},
            ("PATCH", "label"): {"name": "new"},
            ("POST", "label-merge"): (into := {"into": str(self._label().pk)}),
            ("POST", "label-split"): into | {"where": {"set_kind": "gold"}},
            ("PUT", "project-schema"): {"labels": [{"kind": "span", "name": "new"}]},
            ("POST", "schema-copy"): {"from": str(self._source().pk)},
            ("POST", "documents"): {"text": "New."},
            ("PATCH", "upload"): b"Ada",
            ("POST", "imports"): {"place": "tests"},
            ("POST", "restorations"): {"at": self.project.created_at.isoformat()},
            ("POST", "documents-bulk"): {"documents": [{"text": "New."}]},
            ("POST", "near-duplicates-job"): {"threshold": 0.9},
            ("PATCH", "document"): {"title": "New"},
            ("POST", "revisions"): {"text": "New."},
            ("POST", "document-erase"): SURE | {"confirm": str(gone)},
            ("POST", "erasures"): SURE | {"confirm": self.project.slug, "documents": [str(gone)]},
            ("POST", "return"): {"reason": "Look again."},
            ("POST", "annotations"): {"label": str(self.label.pk)},
            ("POST", "annotations-bulk"): {"annotations": [{"label": str(self.label.pk)}]},
            ("PUT", "set-content"): {"annotations": [], "relations": []},
            ("PATCH", "annotation"): {"body": "New."},
            ("POST", "comments"): {"body": "New."},
            ("POST", "annotation-comments"): {"body": "New."},
            ("PATCH", "comment"): {"body": "New."},
            ("POST", "comment-replies"): {"body": "New."},
            ("POST", "notifications-read"): {"up_to": NOBODY},
            ("POST", "model-runs"): {"name": "New"},
            ("POST", "relations"): (way := self._way_back(joined)),
            ("POST", "relations-bulk"): {"relations": [way]},
            ("PATCH", "relation"): {"body": "New."},
        }

    def client(self, role: str) -> Client:
        """Return a client of somebody in a role, of a token, or of nobody."""
        if role in self.tokens:
            return Client.with_token(self.tokens[role])
        return Client(self.people.get(role))

    def ask(self, client: Client, method: str, route: str, *, missing: bool = False) -> Any:
        """Send a good request to a route, for a row that is there or not."""
        of_route = self.ids.get(route)
        ids = {key: NOBODY if missing else of_route or self.ids[key] for key in KEYS[route]}
        ids |= {"number": 1} if "number" in ids else {}
        path = reverse(f"v1:{route}", kwargs=ids).removeprefix(BASE) + QUERIES.get(route, "")
        headers = TUS if route in {"uploads", "upload"} else {"If_Match": "*"}
        return client.send(method, path, self.bodies.get((method, route)), **headers)

    def _tokens(self, user: User) -> dict[str, str]:
        """Return the manager's tokens; they were in use lately, so that use leaves no trace."""
        now = timezone.now()
        elsewhere = MembershipFactory.create(user=user, role=Role.MANAGER).project_id
        made: dict[str, dict[str, Any]] = {
            "read-token": {"scope": Scope.READ},
            "write-token": {"scope": Scope.WRITE},
            "project-token": {"project_id": self.project.pk},
            "foreign-token": {"project_id": elsewhere},
            "expired-token": {"expires_at": now},
        }
        tokens = {name: token_of(user, last_used_at=now, **told) for name, told in made.items()}
        Client.with_token(tokens["expired-token"]).get("/users/me")  # the first refusal is logged
        return tokens

    def _disabled_webhook(self) -> Any:
        return WebhookFactory.create(
            project=self.project, is_enabled=False, disabled_at=timezone.now()
        )

    def _relabelling(self) -> Any:
        return JobFactory.create(
            project=self.project,
            kind=JobKind.RELABELLING,
            state=JobState.SUCCEEDED,
            parameters={"action": "split"},
        )

    def _source(self) -> Any:
        """Return another project of everybody's, whose schema is copied; no token is for it."""
        source = ProjectFactory.create()
        LabelFactory.create(project=source)
        for role in Role:
            MembershipFactory.create(project=source, user=self.people[role], role=role)
        return source

    def _metadata_field(self) -> MetadataField:
        return MetadataField.objects.create(project=self.project, name="genre", type="keyword")

    def _saved_filter(self) -> SavedFilter:
        return SavedFilter.objects.create(
            project=self.project, owner=self.author, name="shared", is_shared=True
        )

    def _label(self, **fields: Any) -> Any:
        return LabelFactory.create(project=self.project, **fields)

    def _document(self, source: str = "", **fields: Any) -> Document:
        document = DocumentFactory.create(project=self.project)
        if source:
            document.source.save(source, ContentFile(b"Ada"))
        Document.objects.filter(pk=document.pk).update(**fields or {"source_name": source})
        return document

    def _job(self, result: str = "", **fields: Any) -> Any:
        kind = JobKind.NEAR_DUPLICATES  # an unfinished import would hold up the erasures
        job = JobFactory.create(project=self.project, kind=kind, **fields)
        if result:
            job.result_name = result
            job.result.save(result, ContentFile(b"Ada"))
        return job

    def _former(self) -> Revision:
        revision: Any = self._document().revision
        revision.source.save("former.txt", ContentFile(b"Ada"))
        former: Revision = revision
        return former

    def _set(self, state: State) -> AnnotationSet:
        document = DocumentFactory.create(project=self.project)
        made: AnnotationSet = AnnotationSetFactory.create(
            document=document, author=self.author, state=state
        )
        return made

    def _annotation(self, annotation_set: AnnotationSet, **fields: Any) -> Any:
        return AnnotationFactory.create(annotation_set=annotation_set, **fields)

    def _relation(self, annotation_set: AnnotationSet, **fields: Any) -> Relation:
        source, target = (self._annotation(annotation_set) for _ in range(2))
        made: Relation = RelationFactory.create(source=source, target=target, **fields)
        return made

    def _way_back(self, relation: Relation) -> dict[str, str]:
        return {
            "label": str(relation.label_id),
            "source": str(relation.target_id),
            "target": str(relation.source_id),
        }

    def _comment(self, document: Document, **fields: Any) -> Any:
        return CommentFactory.create(document=document, author=self.author, **fields)

    def _device(self) -> LoginSession:
        open_session(user=self.author, user_agent="tests")
        return LoginSession.objects.get(user=self.author)

    def _refresh_token(self) -> str:
        return open_session(user=self.author, user_agent="tests").refresh


@pytest.fixture
def world(db: None, settings: Settings, request: pytest.FixtureRequest) -> Iterator[World]:
    settings.LIVE_URL = "https://live.postil.example"
    settings.IMPORT_PLACES = {"tests": Path(__file__).parent.as_uri()}
    made = World()
    if "oidc" not in request.node.name:
        yield made
        return
    with running_provider() as provider:
        settings.OIDC_PROVIDERS = member(provider.issuer)
        settings.OIDC_REDIRECT_URIS = [REDIRECT_URI]
        made.bodies |= bodies_at(provider, made.author)
        yield made


def everything() -> dict[str, str]:
    """Return a digest of each table of ours: what is as it was has not changed."""
    ours = [apps.get_app_config(name) for name in ("users", "documents", "annotations")]
    tables = {model._meta.db_table for app in ours for model in app.get_models()}
    each = (
        f"SELECT '{table}', (SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM {table} r)"
        for table in sorted(tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return dict(cursor.fetchall())


def test_every_route_and_method_is_in_the_table() -> None:
    assert sorted((line.route, line.method) for line in LINES) == sorted(
        (route, method) for route, methods in METHODS.items() for method in methods
    )


@pytest.mark.parametrize("line", LINES, ids=names(LINES))
def test_each_role_is_answered_as_the_table_says(world: World, line: Line) -> None:
    answered = {}
    clients = {role: world.client(role) for role in ROLES}
    before = everything()
    for role, client in clients.items():
        with transaction.atomic():
            response = world.ask(client, line.method, line.route)
            b"".join(response)  # read, hence closed
            answered[role] = response.status_code
            is_done = line.method not in {"GET", "OPTIONS"} and response.status_code < 400
            is_done = is_done and line.route not in MAILING
            assert (everything() != before) is is_done
            transaction.set_rollback(True)
    assert answered == line.statuses


@pytest.mark.parametrize("line", WITH_IDS, ids=names(WITH_IDS))
def test_foreign_and_missing_answer_alike(world: World, line: Line) -> None:
    stranger = world.client("stranger")
    told = []
    for missing in (False, True):
        response = world.ask(stranger, line.method, line.route, missing=missing)
        body = response.json()
        assert body.pop("instance")
        assert body.pop("request_id")
        told.append((response.status_code, body, set(response.headers)))
    assert told[0] == told[1]
    assert told[0][0] == 404
    boss = world.client("superuser")
    assert world.ask(boss, line.method, line.route, missing=True).status_code == 404


@pytest.mark.parametrize("route", METHODS)
def test_other_methods_do_nothing(world: World, route: str) -> None:
    boss, before = world.client("superuser"), everything()
    for method in set(EVERY_METHOD) - METHODS[route]:
        assert world.ask(boss, method, route).status_code == 405
    assert everything() == before
