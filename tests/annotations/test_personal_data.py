"""People take out all that is kept of them, as one archive."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from annotations.models import ModelRun
from annotations.services.personal_data import rows as personal_rows
from documents.models import Invitation, Project, Role, SavedFilter, Upload
from tests.client import Client
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    JobFactory,
    MembershipFactory,
    RelationFactory,
    UserFactory,
    WebhookFactory,
    token_of,
)
from users.models import Authenticator, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(project: Project) -> User:
    made: User = UserFactory.create(name="Ada")
    MembershipFactory.create(project=project, user=made, role=Role.ANNOTATOR)
    return made


@pytest.fixture
def client(ada: User) -> Client:
    return Client.of(ada)


def taken(client: Client) -> dict[str, str]:
    """Return the files of the archive."""
    response = client.get("/users/me/export")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "private, no-store"
    assert 'filename="postil-personal-data.zip"' in response["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_archive_says_what_is_in_it(client: Client) -> None:
    files = taken(client)
    assert files.keys() - {"README.txt"} == {name for name in files if name in files["README.txt"]}
    assert len(files) == 18


# What names a person and is told in another way, or is nothing of theirs to take along.
TOLD_OTHERWISE = {
    "AccessToken.user",  # account
    "Authenticator.user",
    "Event.actor",  # events
    "SecurityEvent.actor",
    "ExternalIdentity.user",
    "Invitation.accepted_by",  # memberships
    "KeptAnswer.user",  # answers that they have, kept for a week
    "LogEntry.user",  # Django's, in which nothing is written
    "LoginSession.user",
    "Membership.user",
    "OidcAttempt.user",  # a minute old at most
    "RecoveryCode.user",  # digests of secrets
    "Comment.resolved_by",  # what others said; that they settled it is among the events
    "Comment.deleted_by",
    "Notification.actor",  # what others are told
    "SchemaVersion.author",  # the project's; that they changed it is among the events
    "ServiceAccount.user",  # Membership, as the admin sees it
}


def test_whatever_names_a_person_is_told() -> None:
    naming = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is User
    }
    told = {
        f"{part.model.__name__}.{part.by}"
        for part in personal_rows.PARTS
        if isinstance(part, personal_rows.Rows)
    }
    assert naming - TOLD_OTHERWISE == told


def test_sets_reviews_and_invitations_come_along(ada: User, client: Client) -> None:
    returned = {"state": "returned", "reviewed_at": timezone.now(), "reason": "Not all names."}
    own = AnnotationSetFactory.create(author=ada, **returned)
    read = AnnotationSetFactory.create(reviewer=ada, **returned)
    made = Invitation.objects.create(
        project=own.project,
        role=Role.VIEWER,
        email="grace@example.org",
        invited_by=ada,
        expires_at=timezone.now(),
    )
    files = taken(client)
    names = ("annotation_sets", "reviews", "invitations")
    [told], [review], [invitation] = (lines(files[f"{name}.jsonl"]) for name in names)
    assert (told["id"], told["reason"]) == (str(own.pk), "Not all names.")
    assert (review["id"], review["document"]["id"]) == (str(read.pk), str(read.document_id))
    assert (invitation["id"], invitation["role"]) == (str(made.pk), made.role)
    assert "grace" not in "".join(files.values())


def test_everything_of_the_account_is_told(ada: User, client: Client, project: Project) -> None:
    token = token_of(ada, name="nightly")
    ada.external_identities.create(issuer="https://id.example", subject="7")
    Authenticator.objects.create(user=ada, sealed_secret="SEALED", confirmed_at=timezone.now())
    files = taken(client)
    account = json.loads(files["account.json"])
    assert (account["id"], account["email"], account["name"]) == (str(ada.pk), ada.email, "Ada")
    assert account["external_identities"][0]["issuer"] == "https://id.example"
    assert account["second_factor_since"] is not None
    (signed_in,) = json.loads(files["sign_ins.json"])
    assert (signed_in["user_agent"], signed_in["kind"]) == ("tests", "api")
    (script,) = json.loads(files["access_tokens.json"])
    assert (script["name"], script["hint"]) == ("nightly", token[:8])
    (membership,) = json.loads(files["memberships.json"])
    assert membership["project"] == {"id": str(project.pk), "name": project.name}
    assert membership["role"] == "annotator"


def test_no_secret_is_told(ada: User, client: Client) -> None:
    token = token_of(ada)
    Authenticator.objects.create(user=ada, sealed_secret="SEALED")
    everything = "".join(taken(client).values())
    assert ada.password not in everything
    assert token not in everything
    assert "SEALED" not in everything
    assert ada.access_tokens.get().digest not in everything


def test_annotations_of_every_project_come_along_and_nobody_elses(
    ada: User, client: Client
) -> None:
    left = AnnotationFactory.create(annotation_set__author=ada, body="mine")
    deleted = AnnotationFactory.create(annotation_set__author=ada, deleted_at=timezone.now())
    AnnotationFactory.create()
    found = lines(taken(client)["annotations.jsonl"])
    assert [one["id"] for one in found] == [str(left.pk), str(deleted.pk)]
    assert (found[0]["quote"], found[0]["body"], found[0]["start"]) == ("Ada", "mine", 0)
    assert found[0]["project"]["name"] == left.project.name
    assert found[1]["deleted_at"] is not None


def test_relations_and_runs_of_models_come_along_and_nobody_elses(
    ada: User, client: Client, project: Project
) -> None:
    mine = RelationFactory.create(source__annotation_set__author=ada, body="mine")
    RelationFactory.create()
    for person in (ada, UserFactory.create()):
        ModelRun.objects.create(project=project, created_by=person, name="tagger")
    files = taken(client)
    [relation], [run] = (lines(files[f"{name}.jsonl"]) for name in ("relations", "model_runs"))
    assert (relation["id"], relation["body"]) == (str(mine.pk), "mine")
    assert (relation["source_id"], relation["target_id"]) == (
        str(mine.source_id),
        str(mine.target_id),
    )
    assert relation["label"]["name"] == mine.label.name
    assert (run["name"], run["parameters"]) == ("tagger", {})
    assert run["project"] == {"id": str(project.pk), "name": project.name}


def test_what_they_keep_send_and_start_comes_along_and_nobody_elses(
    ada: User, client: Client, project: Project
) -> None:
    for person in (ada, UserFactory.create()):
        SavedFilter.objects.create(
            project=project, owner=person, name="to do", query={"split": "train"}, is_shared=True
        )
        Upload.objects.create(
            project=project, created_by=person, name="l.csv", length=9, expires_at=timezone.now()
        )
        JobFactory.create(project=project, created_by=person, source_name="l.csv")
        WebhookFactory.create(project=project, created_by=person, description="Ours")
    files, of_project = taken(client), {"id": str(project.pk), "name": project.name}
    kept = ("saved_filters", "uploads", "jobs", "webhooks")
    [saved], [sent], [job], [hook] = (lines(files[f"{name}.jsonl"]) for name in kept)
    assert (saved["name"], saved["query"]) == ("to do", {"split": "train"})
    assert (sent["name"], sent["length"], sent["offset"]) == ("l.csv", 9, 0)
    assert (job["kind"], job["state"], job["source_name"]) == ("import", "pending", "l.csv")
    assert (hook["url"], hook["description"]) == ("https://8.8.8.8/hook", "Ours")
    assert "whsec" not in files["webhooks.jsonl"]
    assert [one["project"] for one in (saved, sent, job, hook)] == [of_project] * 4


def test_deeds_come_along_without_what_is_the_projects(ada: User, client: Client) -> None:
    client.patch("/users/me", {"name": "Augusta"}, if_match="1")
    client.post("/projects", {"name": "Hers"})
    Client.of(UserFactory.create()).post("/projects", {"name": "Not hers"})
    events = lines(taken(client)["events.jsonl"])
    renamed = next(event for event in events if event["action"] == "user.updated")
    assert (renamed["before"]["name"], renamed["after"]["name"]) == ("Ada", "Augusta")
    made = [event for event in events if event["action"] == "project.created"]
    assert [(one["actor_id"], one["after"]) for one in made] == [(str(ada.pk), None)]


def test_much_is_read_a_batch_at_a_time(
    ada: User, client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(rows: int) -> None:
        for _ in range(rows):
            document = DocumentFactory.create(project=project)
            own = AnnotationSetFactory.create(document=document, author=ada)
            AnnotationFactory.create(annotation_set=own)

    monkeypatch.setattr(personal_rows, "BATCH", 2)
    costs = []
    for rows, batches in ((1, 1), (4, 3)):
        add(rows)
        with CaptureQueriesContext(connection) as queries:
            files = taken(client)
        costs.append(len(queries) - 2 * batches)  # sets, and what is in them
        assert len(lines(files["annotations.jsonl"])) == (1 if rows == 1 else 5)
    assert costs[0] == costs[1]


def test_no_access_token_takes_it(ada: User) -> None:
    response = Client.with_token(token_of(ada)).get("/users/me/export")
    assert (response.status_code, response.json()["code"]) == (403, "sign_in_required")


def test_it_is_not_asked_for_all_the_time(client: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"personal_data": "1/h"}
    taken(client)
    assert client.get("/users/me/export").status_code == 429


def test_nobody_has_none(anonymous: Client, ada: User) -> None:
    assert anonymous.get("/users/me/export").status_code == 401
