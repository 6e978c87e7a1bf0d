"""What is read or written by the set costs the same number of queries however large it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import (
    Anchoring,
    Annotation,
    AnnotationSet,
    Comment,
    Kind,
    Label,
    ModelRun,
    State,
)
from annotations.schema import add_version
from config.urls import v1
from documents.models import Document, Job, MetadataField, Project, Revision, SavedFilter, Webhook
from documents.services.invitations import invite
from tests.client import BASE, Client
from tests.factories import (
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
)
from users.models import ExternalIdentity, User
from users.services.events import record
from users.services.sign_ins import open_session

LISTS = [
    str(route.name)
    for route in v1
    if route.callback.actions.get("get") in route.callback.cls.is_list  # type: ignore[attr-defined]
]
pytestmark = pytest.mark.django_db


def add_set(document: Document) -> None:
    """Add a reviewed set with an annotation, each with people and a label of its own."""
    reviewed = AnnotationSetFactory.create(
        document=document, state=State.APPROVED, reviewer=UserFactory.create()
    )
    label = LabelFactory.create(project=document.project)
    AnnotationFactory.create(annotation_set=reviewed, label=label)


def add_set_beside(document: Document) -> None:
    add_set(DocumentFactory.create(project=document.project))


def of_history(route: str, document: Document) -> Any:
    """Return what a history is asked of: the document, or the first such thing on it."""
    if route == "document-history":
        return document
    rows = {
        "label-history": Label.objects.filter(project=document.project),
        "set-history": AnnotationSet.objects.filter(document=document),
        "annotation-history": Annotation.objects.filter(document=document),
    }[route]
    if not rows.exists():
        add_set(document)
    return rows.order_by("pk").first()


def add_event(route: str) -> Callable[[Document], Any]:
    """Return how a change of what a history is asked of is logged, each by somebody else."""

    def add(document: Document) -> None:
        target = of_history(route, document)
        record(
            actor=UserFactory.create(), action="x.y", target=target, project_id=document.project_id
        )

    return add


HISTORIES = ("document-history", "label-history", "set-history", "annotation-history")


# How one row is added to each list of a document, or of its project; a new list needs its line.
ADD: dict[str, Callable[[Document], Any]] = {
    "projects": lambda _: ProjectFactory.create(),
    "members": lambda document: MembershipFactory.create(project=document.project),
    "invitations": lambda document: invite(
        actor=UserFactory.create(), project=document.project, role="viewer"
    ),
    "labels": lambda document: LabelFactory.create(project=document.project),
    "schema-versions": lambda document: add_version(author=None, project_id=document.project_id),
    "documents": lambda document: DocumentFactory.create(project=document.project),
    "metadata-fields": lambda document: MetadataField.objects.create(
        project=document.project, name=f"field{MetadataField.objects.count()}", type="keyword"
    ),
    "saved-filters": lambda document: SavedFilter.objects.create(
        project=document.project, owner=UserFactory.create(), name="shared", is_shared=True
    ),
    "webhooks": lambda document: WebhookFactory.create(project=document.project),
    "deliveries": lambda document: DeliveryFactory.create(
        webhook=Webhook.objects.get(project=document.project)
    ),
    "jobs": lambda document: JobFactory.create(project=document.project),
    "job-errors": lambda document: Job.objects.get(project=document.project).errors.create(
        line=1, code="too_large", detail="Too large."
    ),
    "annotation-sets": add_set,
    "project-annotation-sets": add_set_beside,
    "annotations": add_set,
    "project-annotations": add_set,
    "model-runs": lambda document: ModelRun.objects.create(
        project=document.project, created_by=UserFactory.create()
    ),
    "relations": lambda document: RelationFactory.create(source__annotation_set__document=document),
    "lost-annotations": lambda document: AnnotationFactory.create(
        annotation_set__document=document, anchoring=Anchoring.LOST
    ),
    "revisions": lambda document: Revision.objects.create(
        project=document.project, document=document, number=document.revisions.count() + 1, length=0
    ),
    "comments": lambda document: CommentFactory.create(document=document),
    "project-comments": lambda document: CommentFactory.create(document=document),
    "annotation-comments": lambda document: CommentFactory.create(
        document=document, annotation=Annotation.objects.get(document=document)
    ),
    "comment-replies": lambda document: CommentFactory.create(
        document=document, parent=Comment.objects.get(document=document, parent=None)
    ),
    "notifications": lambda document: NotificationFactory.create(
        person=User.objects.get(is_superuser=True), comment__document=document
    ),
    "access-tokens": lambda _: AccessTokenFactory.create(user=User.objects.get(is_superuser=True)),
    "devices": lambda _: open_session(user=User.objects.get(is_superuser=True)),
    "oidc-identities": lambda _: ExternalIdentity.objects.create(
        user=User.objects.get(is_superuser=True), subject=str(ExternalIdentity.objects.count())
    ),
    **{route: add_event(route) for route in HISTORIES},
    "security-log": lambda _: open_session(user=UserFactory.create()),
    "service-accounts": lambda document: service_account_in(document.project),
    "service-account-tokens": lambda document: AccessTokenFactory.create(
        user=document.project.memberships.get(user__is_service=True).user
    ),
}
QUERIES = {
    "annotations": ("", "&offset_unit=utf16", "&deleted=false"),
    "project-annotations": ("", "&offset_unit=utf16", "&text=ada&kind=span"),
    "documents": ("", "&search=ada&highlight=true", "&substring=lovel&annotation_state=none"),
}


@pytest.fixture
def reader(db: None) -> Client:
    """Return a client of somebody who sees everything."""
    return Client.of(UserFactory.create(is_superuser=True))


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project)
    return made


def path_of(route: str, project: Project, document: Document) -> str:
    """Return a route's path below /api/v1 for a project or its document."""
    keys = next(one.pattern.converters for one in v1 if one.name == route)
    ids = {"project_id": project.pk, "document_id": document.pk}
    if "pk" in keys:
        ids["pk"] = of_history(route, document).pk
    if "job_id" in keys:
        ids["job_id"] = JobFactory.create(project=project).pk
    if "annotation_id" in keys:
        ids["annotation_id"] = AnnotationFactory.create(annotation_set__document=document).pk
    if "comment_id" in keys:
        ids["comment_id"] = CommentFactory.create(document=document).pk
    if "webhook_id" in keys:
        ids["webhook_id"] = WebhookFactory.create(project=project).pk
    if "service_account_id" in keys:
        ids["service_account_id"] = service_account_in(project).pk
    return reverse(f"v1:{route}", kwargs={key: ids[key] for key in keys}).removeprefix(BASE)


def cost(ask: Callable[[], Any]) -> tuple[int, Any]:
    """Return how many queries an answer took, and the answer."""
    with CaptureQueriesContext(connection) as queries:
        response = ask()
        content = b"".join(response)
    assert response.status_code == 200, content
    return len(queries), response


def test_every_list_is_measured() -> None:
    assert set(LISTS) == set(ADD)


@pytest.mark.parametrize("route", LISTS)
def test_a_list_of_20_costs_what_a_list_of_2_costs(
    reader: Client, project: Project, document: Document, route: str
) -> None:
    for query in QUERIES.get(route, ("",)):
        path = f"{path_of(route, project, document)}?limit=500{query}"
        here = len(reader.get(path).data["results"])
        costs = []
        for rows in (2, 18):
            for _ in range(rows):
                ADD[route](document)
            here += rows
            queries, response = cost(lambda path=path: reader.get(path))  # type: ignore[misc]
            assert len(response.data["results"]) == here
            costs.append(queries)
        assert costs[0] == costs[1]


def test_an_export_of_20_costs_what_one_of_2_costs(
    reader: Client, project: Project, document: Document
) -> None:
    path = path_of("export", project, document)
    costs = []
    for rows in (2, 18):
        for _ in range(rows):
            add_set_beside(document)
        costs.append(cost(lambda: reader.get(path))[0])
    assert costs[0] == costs[1]


def test_adding_20_at_once_costs_what_adding_2_costs(
    annotator: Client, project: Project, document: Document
) -> None:
    path = path_of("annotations-bulk", project, document)
    whole = LabelFactory.create_batch(22, project=project, kind=Kind.DOCUMENT)
    span = {"label": str(LabelFactory.create(project=project).pk), "start": 0, "end": 3}
    annotator.post(path, {"annotations": [span]})
    costs = []
    for labels in (whole[:2], whole[2:]):
        items = [{"label": str(label.pk)} for label in labels] + [span] * len(labels)
        queries, response = cost(lambda items=items: annotator.post(path, {"annotations": items}))  # type: ignore[misc]
        assert response.data["created"] == len(items)
        costs.append(queries)
    assert costs[0] == costs[1]
