"""Who may do what: every role on every route and method, and that the refused change nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from annotations.models import AnnotationSet, Kind, State
from config.urls import v1
from documents.models import Document, Role
from tests.client import BASE, Client
from tests.factories import (
    PASSWORD,
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
)
from users.models import User
from users.services.sign_ins import open_session

# The resources are a project's, and as far as they have an author, its annotator's.
TABLE = """
                             nobody  stranger  viewer  annotator  curator  manager  superuser

POST   register                 201       201     201        201      201      201        201
POST   token                    200       200     200        200      200      200        200
POST   token-refresh            200       200     200        200      200      200        200
POST   logout                   401       204     204        204      204      204        204
GET    me                       401       200     200        200      200      200        200
PATCH  me                       401       200     200        200      200      200        200

GET    projects                 401       200     200        200      200      200        200
POST   projects                 401       201     201        201      201      201        201
GET    project                  401       404     200        200      200      200        200
PATCH  project                  401       404     403        403      403      200        200
DELETE project                  401       404     403        403      403      204        204
POST   project-restore          401       404     403        403      403      200        200

GET    members                  401       404     200        200      200      200        200
POST   members                  401       404     403        403      403      201        201
GET    member                   401       404     200        200      200      200        200
PATCH  member                   401       404     403        403      403      200        200
DELETE member                   401       404     403        403      403      204        204

GET    labels                   401       404     200        200      200      200        200
POST   labels                   401       404     403        403      403      201        201
GET    label                    401       404     200        200      200      200        200
PATCH  label                    401       404     403        403      403      200        200
DELETE label                    401       404     403        403      403      204        204
POST   label-restore            401       404     403        403      403      200        200

GET    documents                401       404     200        200      200      200        200
POST   documents                401       404     403        403      403      201        201
GET    document                 401       404     200        200      200      200        200
PATCH  document                 401       404     403        403      403      200        200
DELETE document                 401       404     403        403      403      204        204
POST   document-restore         401       404     403        403      403      200        200
GET    text                     401       404     200        200      200      200        200
GET    layout                   401       404     200        200      200      200        200
GET    source                   401       404     200        200      200      200        200
POST   reprocess                401       404     403        403      403      202        202

GET    annotation-sets          401       404     200        200      200      200        200
POST   annotation-sets          401       404     403        200      200      200        200
GET    project-annotation-sets  401       404     200        200      200      200        200
GET    annotation-set           401       404     200        200      200      200        200
POST   submit                   401       404     403        200      403      403        403
POST   approve                  401       404     403        403      200      200        200
POST   return                   401       404     403        403      200      200        200

GET    annotations              401       404     200        200      200      200        200
POST   annotations              401       404     403        201      201      201        201
POST   annotations-bulk         401       404     403        200      200      200        200
GET    annotation               401       404     200        200      200      200        200
PATCH  annotation               401       404     403        200      403      403        403
DELETE annotation               401       404     403        204      403      403        403
POST   annotation-restore       401       404     403        200      403      403        403

GET    export                   401       404     200        200      200      200        200
"""


class Line(NamedTuple):
    """What each role is answered on one method of one route."""

    method: str
    route: str
    statuses: dict[str, int]


ROLES, *_rows = (line.split() for line in TABLE.splitlines() if line.strip())
LINES = [
    Line(method, route, dict(zip(ROLES, map(int, statuses), strict=True)))
    for method, route, *statuses in _rows
]
KEYS = {str(route.name): list(route.pattern.converters) for route in v1}
METHODS = {
    str(route.name): {method.upper() for method in route.callback.actions if method != "head"}  # type: ignore[attr-defined]
    for route in v1
}
NOBODY = "00000000-0000-7000-8000-000000000000"
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
            "stranger": UserFactory.create(),
            "superuser": UserFactory.create(is_superuser=True),
        }
        deleted = ProjectFactory.create(deleted_at=timezone.now())
        for role in Role:
            self.people[role] = UserFactory.create()
            for project in (self.project, deleted):
                MembershipFactory.create(project=project, user=self.people[role], role=role)
        self.author = self.people[Role.ANNOTATOR]
        self.label = LabelFactory.create(project=self.project, kind=Kind.DOCUMENT)
        document = DocumentFactory.create(project=self.project)
        of_author = self._set(State.DRAFT)
        submitted = self._set(State.SUBMITTED).pk
        # Which row each route is asked for, by the route's name or else by the name of its key.
        self.ids: dict[str, Any] = {
            "project_id": self.project.pk,
            "document_id": document.pk,
            "project": self.project.pk,
            "project-restore": deleted.pk,
            "member": MembershipFactory.create(project=self.project, role=Role.VIEWER).pk,
            "label": self.label.pk,
            "label-restore": self._label(archived_at=timezone.now()).pk,
            "document": document.pk,
            "document-restore": self._document(deleted_at=timezone.now()).pk,
            "text": document.pk,
            "layout": document.pk,
            "source": self._document(source="a.txt").pk,
            "reprocess": self._document(source="b.txt").pk,
            "annotation-set": of_author.pk,
            "submit": of_author.pk,
            "approve": submitted,
            "return": submitted,
            "annotation": self._annotation(of_author).pk,
            "annotation-restore": self._annotation(of_author, deleted_at=timezone.now()).pk,
        }
        self.bodies: dict[tuple[str, str], dict[str, Any]] = {
            ("POST", "register"): {"email": "new@example.org", "password": PASSWORD},
            ("POST", "token"): {"email": self.author.email, "password": PASSWORD},
            ("POST", "token-refresh"): {"refresh": self._refresh_token()},
            ("PATCH", "me"): {"name": "New"},
            ("POST", "projects"): {"name": "New"},
            ("PATCH", "project"): {"name": "New"},
            ("POST", "members"): {"email": UserFactory.create().email, "role": "viewer"},
            ("PATCH", "member"): {"role": "curator"},
            ("POST", "labels"): {"kind": "span", "name": "new"},
            ("PATCH", "label"): {"name": "new"},
            ("POST", "documents"): {"text": "New."},
            ("PATCH", "document"): {"title": "New"},
            ("POST", "return"): {"reason": "Look again."},
            ("POST", "annotations"): {"label": str(self.label.pk)},
            ("POST", "annotations-bulk"): {"annotations": [{"label": str(self.label.pk)}]},
            ("PATCH", "annotation"): {"body": "New."},
        }

    def client(self, role: str) -> Client:
        """Return a client of somebody in a role, or of nobody."""
        return Client(self.people.get(role))

    def ask(self, client: Client, method: str, route: str, *, missing: bool = False) -> Any:
        """Send a good request to a route, for a row that is there or not."""
        of_route = self.ids.get(route)
        ids = {key: NOBODY if missing else of_route or self.ids[key] for key in KEYS[route]}
        path = reverse(f"v1:{route}", kwargs=ids).removeprefix(BASE)
        return client.send(method, path, self.bodies.get((method, route)), If_Match="*")

    def _label(self, **fields: Any) -> Any:
        return LabelFactory.create(project=self.project, **fields)

    def _document(self, source: str = "", **fields: Any) -> Document:
        document = DocumentFactory.create(project=self.project)
        if source:
            document.source.save(source, ContentFile(b"Ada"))
        Document.objects.filter(pk=document.pk).update(**fields or {"source_name": source})
        return document

    def _set(self, state: State) -> AnnotationSet:
        document = DocumentFactory.create(project=self.project)
        made: AnnotationSet = AnnotationSetFactory.create(
            document=document, author=self.author, state=state
        )
        return made

    def _annotation(self, annotation_set: AnnotationSet, **fields: Any) -> Any:
        return AnnotationFactory.create(annotation_set=annotation_set, **fields)

    def _refresh_token(self) -> str:
        return open_session(user=self.author, user_agent="tests").refresh


@pytest.fixture
def world(db: None) -> World:
    return World()


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of ours: what is as it was has not changed."""
    ours = [apps.get_app_config(name) for name in ("users", "documents", "annotations")]
    models = [model for app in ours for model in app.get_models()]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


def test_every_route_and_method_is_in_the_table() -> None:
    assert sorted((line.route, line.method) for line in LINES) == sorted(
        (route, method) for route, methods in METHODS.items() for method in methods
    )


@pytest.mark.parametrize("line", LINES, ids=names(LINES))
def test_each_role_is_answered_as_the_table_says(world: World, line: Line) -> None:
    answered = {}
    for role in ROLES:
        with transaction.atomic():
            client, before = world.client(role), everything()
            response = world.ask(client, line.method, line.route)
            b"".join(response)  # read, hence closed
            answered[role] = response.status_code
            is_done = line.method != "GET" and response.status_code < 400
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
