"""A token never does more than its user: role and scope and project limit, all three."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps

from annotations.models import (
    Annotation,
    AnnotationSet,
    Comment,
    Kind,
    Label,
    ModelRun,
    Notification,
    Relation,
    SchemaVersion,
    State,
)
from documents.models import (
    Delivery,
    Document,
    Invitation,
    Job,
    JobError,
    JobKind,
    Membership,
    MetadataField,
    MetadataType,
    Project,
    Revision,
    Role,
    SavedFilter,
    Upload,
    Webhook,
)
from tests.client import Client
from tests.factories import (
    AccessTokenFactory,
    AnnotationFactory,
    AnnotationSetFactory,
    CommentFactory,
    DeliveryFactory,
    DocumentFactory,
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
from users.models import AccessToken, Event, Grant, KeptAnswer, Scope, User
from users.services.events import record_fact

pytestmark = pytest.mark.django_db
RANKED = ["read", "write", "admin"]


def refused(response: Any, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.fixture
def bot(project: Project) -> Callable[..., Client]:
    """Return a function that makes a client with a token of a new member of the project."""

    def make(role: str = Role.MANAGER, **fields: Any) -> Client:
        member = MembershipFactory.create(project=project, role=role)
        return Client.with_token(token_of(member.user, **fields))

    return make


@pytest.fixture
def elsewhere(db: None) -> Project:
    made: Project = ProjectFactory.create()
    return made


@pytest.mark.parametrize("scope", RANKED)
def test_a_scope_allows_what_those_before_it_allow(scope: str) -> None:
    grant = Grant(Scope(scope), None)
    assert [name for name in RANKED if grant.allows(Scope(name))] == (
        RANKED[: RANKED.index(scope) + 1]
    )


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [("read", [200, 403, 403]), ("write", [200, 201, 403]), ("admin", [200, 201, 200])],
)
def test_the_scope_limits_the_role(
    bot: Callable[..., Client], project: Project, scope: str, statuses: list[int]
) -> None:
    client, path = bot(scope=scope), f"/projects/{project.pk}"
    assert [
        client.get(path).status_code,
        client.post(f"{path}/documents", {"text": "New."}).status_code,
        client.patch(path, {"name": "New"}, if_match="1").status_code,
    ] == statuses


def test_the_role_limits_the_scope(bot: Callable[..., Client], project: Project) -> None:
    client, path = bot(role=Role.VIEWER, scope=Scope.ADMIN), f"/projects/{project.pk}"
    assert client.get(path).status_code == 200
    refused(client.patch(path, {"name": "New"}, if_match="1"), 403, "permission_denied")


def test_a_role_that_is_taken_is_taken_from_the_token(
    bot: Callable[..., Client], project: Project
) -> None:
    client, path = bot(), f"/projects/{project.pk}"
    assert client.patch(path, {"name": "New"}, if_match="1").status_code == 200
    Membership.objects.update(role=Role.VIEWER)
    assert client.patch(path, {"name": "Newer"}, if_match="2").status_code == 403
    Membership.objects.all().delete()
    refused(client.get(path), 404, "not_found")


def test_what_a_scope_lacks_is_told(bot: Callable[..., Client], project: Project) -> None:
    response = bot(scope=Scope.READ).post(f"/projects/{project.pk}/documents", {"text": "New."})
    refused(response, 403, "insufficient_scope")
    assert response.json()["detail"] == "It takes the scope write; this token has read."
    refused(bot(scope=Scope.WRITE).post("/projects", {"name": "x"}), 403, "insufficient_scope")
    assert bot(scope=Scope.ADMIN).post("/projects", {"name": "x"}).status_code == 201


def test_a_token_of_one_project_changes_nothing_beside_it(
    bot: Callable[..., Client], project: Project
) -> None:
    client = bot(project_id=project.pk)
    assert client.get("/users/me").status_code == 200
    refused(client.post("/projects", {"name": "x"}), 403, "insufficient_scope")


def test_an_unseen_project_stays_unseen_whatever_the_scope(
    bot: Callable[..., Client], elsewhere: Project
) -> None:
    for scope in Scope:
        client = bot(scope=scope)
        refused(client.get(f"/projects/{elsewhere.pk}"), 404, "not_found")
        refused(client.post(f"/projects/{elsewhere.pk}/labels", {}), 404, "not_found")


# The limit to one project: every queryset heeds it, a superuser's too


def fill(project: Project) -> None:
    """Put a row of everything that visible_to tells apart into a project."""
    manager = MembershipFactory.create(project=project, role=Role.MANAGER).user
    reviewed = AnnotationSetFactory.create(
        document=DocumentFactory.create(project=project), state=State.APPROVED
    )
    AnnotationFactory.create(annotation_set=reviewed, label=LabelFactory.create(project=project))
    Invitation.objects.create(
        project=project,
        role=Role.VIEWER,
        token_digest=str(project.pk),
        invited_by=manager,
        expires_at="2100-01-01T00:00Z",
    )
    record_fact(
        actor=None,
        action="x",
        target_type="x",
        target_id=project.pk,
        told={},
        project_id=project.pk,
    )


def fill_for(project: Project, owner: User) -> None:
    """Put a row of everything into a project that is its owner's, or that long work leaves."""
    job = Job.objects.create(project=project, kind=JobKind.IMPORT)
    JobError.objects.create(job=job, code="x")
    MetadataField.objects.create(project=project, name="x", type=MetadataType.KEYWORD)
    SavedFilter.objects.create(project=project, owner=owner, name="x")
    expires_at = "2100-01-01T00:00Z"
    Upload.objects.create(project=project, created_by=owner, length=1, expires_at=expires_at)
    ModelRun.objects.create(project=project, name="x", created_by=owner)
    document = DocumentFactory.create(project=project)
    said = AnnotationFactory.create(
        annotation_set=AnnotationSetFactory.create(document=document, state=State.APPROVED)
    )
    RelationFactory.create(source=said)
    NotificationFactory.create(person=owner, comment=CommentFactory.create(document=document))
    DeliveryFactory.create(webhook=WebhookFactory.create(project=project))


def project_of(row: Any) -> Any:
    match row:
        case Revision():
            return row.document.project_id
        case JobError():
            return row.job.project_id
        case Delivery():
            return row.webhook.project_id
    return row.project_id


LIMITED = [
    Project,
    Membership,
    Invitation,
    Document,
    Revision,
    Label,
    AnnotationSet,
    Annotation,
    Event,
    Job,
    JobError,
    MetadataField,
    SavedFilter,
    Upload,
    SchemaVersion,
    ModelRun,
    Relation,
    Comment,
    Notification,
    Webhook,
    Delivery,
]


@pytest.mark.parametrize("model", LIMITED)
@pytest.mark.parametrize("is_superuser", [False, True], ids=["member", "superuser"])
def test_a_token_of_one_project_sees_that_project_alone(
    project: Project, elsewhere: Project, model: Any, is_superuser: bool
) -> None:
    reader: User = UserFactory.create(is_superuser=is_superuser)
    for one in (project, elsewhere):
        fill(one)
        fill_for(one, reader)
        MembershipFactory.create(project=one, user=reader, role=Role.MANAGER)
    seen = {project_of(row) for row in model.objects.visible_to(reader)} - {None}
    assert seen == {project.pk, elsewhere.pk}
    reader.grant = Grant(Scope.ADMIN, project.pk)
    assert {project_of(row) for row in model.objects.visible_to(reader)} == {project.pk}
    reader.grant = Grant(Scope.ADMIN, ProjectFactory.create().pk)
    assert is_superuser or not model.objects.visible_to(reader).exists()


def test_every_model_with_rows_of_projects_is_among_them() -> None:
    of_ours = [
        model
        for name in ("users", "documents", "annotations")
        for model in apps.get_app_config(name).get_models()
        if hasattr(model._default_manager, "visible_to") and not model._meta.proxy
    ]
    personal = {"User", "LoginSession", "AccessToken", "ExternalIdentity"}
    assert {model.__name__ for model in of_ours} == (
        {model.__name__ for model in LIMITED} | personal
    )


@pytest.mark.parametrize("is_superuser", [False, True], ids=["member", "superuser"])
def test_over_http_the_other_project_is_not_there(
    project: Project, elsewhere: Project, is_superuser: bool
) -> None:
    reader = UserFactory.create(is_superuser=is_superuser)
    for one in (project, elsewhere):
        fill(one)
        MembershipFactory.create(project=one, user=reader, role=Role.MANAGER)
    client = Client.with_token(token_of(reader, project_id=project.pk))
    assert [told["id"] for told in client.get("/projects").data["results"]] == [str(project.pk)]
    for path in ("", "/documents", "/labels", "/members", "/annotation-sets", "/export"):
        assert client.get(f"/projects/{project.pk}{path}").status_code == 200
        refused(client.get(f"/projects/{elsewhere.pk}{path}"), 404, "not_found")
    document = Document.objects.get(project=elsewhere)
    for path in (f"/documents/{document.pk}/text", f"/documents/{document.pk}/annotations"):
        refused(client.get(path), 404, "not_found")


def test_an_export_holds_what_its_reader_may_see(project: Project) -> None:
    reader = MembershipFactory.create(project=project, role=Role.ANNOTATOR).user
    document = DocumentFactory.create(project=project)
    for author in (reader, UserFactory.create()):
        AnnotationSetFactory.create(document=document, author=author)
    client = Client.with_token(token_of(reader, scope=Scope.READ, project_id=project.pk))
    lines = b"".join(client.get(f"/projects/{project.pk}/export?format=jsonl")).splitlines()
    [told] = [json.loads(line) for line in lines]
    assert [one["author"]["id"] for one in told["annotation_sets"]] == [str(reader.pk)]


# Tokens of service accounts


def test_a_manager_sees_the_tokens_of_their_service_accounts(
    project: Project, elsewhere: Project
) -> None:
    own = AccessTokenFactory.create(user=service_account_in(project).user)
    AccessTokenFactory.create(user=service_account_in(elsewhere).user)
    AccessTokenFactory.create()
    for role in Role:
        member = MembershipFactory.create(project=project, role=role).user
        expected = [own] if role == Role.MANAGER else []
        assert list(AccessToken.objects.visible_to(member)) == expected
    assert AccessToken.objects.visible_to(UserFactory.create(is_superuser=True)).count() == 3


# Retries


def test_no_token_is_told_what_another_grant_was_answered(
    bot: Callable[..., Client], project: Project
) -> None:
    member = MembershipFactory.create(project=project, role=Role.MANAGER).user
    path, sent = f"/projects/{project.pk}/labels", {"kind": Kind.SPAN, "name": "person"}
    same = {"Idempotency_Key": "k1"}
    able = Client.with_token(token_of(member))
    first = able.post(path, sent, **same)
    assert first.status_code == 201
    rotated = Client.with_token(token_of(member)).post(path, sent, **same)
    assert rotated.content == first.content
    for client in (
        Client.with_token(token_of(member, scope=Scope.READ)),
        Client.with_token(token_of(member, project_id=project.pk)),
        Client.of(member),
    ):
        refused(client.post(path, sent, **same), 422, "idempotency_key_reused")
    assert KeptAnswer.objects.count() == 1
