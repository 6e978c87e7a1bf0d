"""Every page of the admin, held against staff whose memberships are elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from documents.models import (
    Invitation,
    Job,
    JobKind,
    MetadataField,
    MetadataType,
    Project,
    Role,
    SavedFilter,
    ServiceAccount,
)
from tests.factories import (
    AccessTokenFactory,
    AnnotationFactory,
    AnnotationSetFactory,
    CommentFactory,
    DeliveryFactory,
    DocumentFactory,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
    WebhookFactory,
    service_account_in,
)
from tests.staff import Staff
from users.models import Event, SecurityEvent
from users.services.events import record

PAGES = {page.opts.label_lower: page for page in admin.site._registry.values()}


def rows_of(project: Project) -> dict[str, Any]:
    """Return a row of each kind that is in a project, or of somebody in it."""
    member = MembershipFactory.create(project=project, user=UserFactory.create(is_staff=True))
    document = DocumentFactory.create(project=project)
    annotation = AnnotationFactory.create(
        annotation_set=AnnotationSetFactory.create(document=document)
    )
    service = service_account_in(project)
    record(actor=member.user, action="member.added", target=member, project_id=project.pk)
    event = Event.objects.latest("id")
    webhook = WebhookFactory.create(project=project)
    return {
        "annotations.annotation": annotation,
        "annotations.annotationset": annotation.annotation_set,
        "annotations.comment": CommentFactory.create(document=document),
        "annotations.label": annotation.label,
        "documents.delivery": DeliveryFactory.create(webhook=webhook),
        "documents.document": document,
        "documents.invitation": Invitation.objects.create(
            project=project,
            invited_by=member.user,
            role=Role.VIEWER,
            token_digest="0" * 64,
            expires_at=timezone.now() + timedelta(days=1),
        ),
        "documents.job": Job.objects.create(project=project, kind=JobKind.IMPORT),
        "documents.membership": member,
        "documents.metadatafield": MetadataField.objects.create(
            project=project, name="year", type=MetadataType.NUMBER
        ),
        "documents.project": project,
        "documents.savedfilter": SavedFilter.objects.create(
            project=project, owner=member.user, name="to do", is_shared=True
        ),
        "documents.serviceaccount": ServiceAccount.objects.get(pk=service.pk),
        "documents.webhook": webhook,
        "users.accesstoken": AccessTokenFactory.create(user=service.user, project_id=project.pk),
        "users.event": event,
        "users.securityevent": SecurityEvent.objects.get(pk=event.pk),
        "users.user": member.user,
    }


@pytest.fixture
def elsewhere(db: None) -> Staff:
    """Return staff who manage another project, and see nothing of this one."""
    return Staff.of(ProjectFactory.create(), Role.MANAGER)


def addresses_of(kind: str, row: Any) -> list[str]:
    """Return every address that a page of a kind has for one row."""
    names = {pattern.name for pattern in PAGES[kind].get_urls() if takes_a_row(pattern)}
    return [reverse(f"admin:{name}", args=[row.pk]) for name in names if name]


def takes_a_row(pattern: Any) -> bool:
    return "object_id" in pattern.pattern.converters


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(PAGES))
def test_staff_see_and_touch_nothing_of_projects_that_they_are_not_in(
    kind: str, project: Project, elsewhere: Staff
) -> None:
    row = rows_of(project)[kind]
    addresses = addresses_of(kind, row)
    assert addresses
    for address in addresses:
        assert (address, elsewhere.get(address).status_code) == (address, 404)
        sent = {"version": "1", "seen_version": "1", "confirmed": "yes"}
        assert (address, elsewhere.save(address, **sent).status_code) == (address, 404)
    listed = elsewhere.list_of(kind.replace(".", "_"))
    assert f"/{row.pk}/" not in listed
    assert f"/{row.pk}/" in Staff.superuser().list_of(kind.replace(".", "_"))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(PAGES))
def test_who_is_not_signed_in_comes_to_no_page(kind: str, project: Project) -> None:
    person = Staff(UserFactory.create())
    person.http.logout()
    row = rows_of(project)[kind]
    for address in addresses_of(kind, row):
        response = person.get(address)
        assert (response.status_code, "/admin/login/" in response.url) == (302, True)
