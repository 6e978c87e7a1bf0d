"""Rows for tests, made with sensible values."""

from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from annotations.models import (
    Annotation,
    AnnotationSet,
    Comment,
    Kind,
    Label,
    Notification,
    NotificationKind,
    Relation,
    SchemaVersion,
)
from documents.deliveries import new_secret
from documents.models import (
    Delivery,
    DeliveryState,
    Document,
    Job,
    JobKind,
    Membership,
    Project,
    Role,
    Webhook,
)
from documents.services.documents import create_document
from users import feed
from users.models import AccessToken, Event, Scope, User
from users.sealing import seal
from users.token_format import ACCESS, digest, new_token

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"person{number}@example.org")
    name = factory.Sequence(lambda number: f"Person {number}")
    password = factory.django.Password(PASSWORD)


class AccessTokenFactory(DjangoModelFactory[AccessToken]):
    """A token of every scope of which nobody knows the text; `token_of` makes one to send."""

    class Meta:
        model = AccessToken

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda number: f"script {number}")
    hint = "pst_0000"
    digest = factory.LazyFunction(lambda: digest(new_token(ACCESS)))
    scope = Scope.ADMIN


def token_of(user: User, **fields: Any) -> str:
    """Make an access token of a user and return its text."""
    token = new_token(ACCESS)
    AccessTokenFactory.create(user=user, digest=digest(token), hint=token[:8], **fields)
    return token


class ProjectFactory(DjangoModelFactory[Project]):
    class Meta:
        model = Project

    name = factory.Sequence(lambda number: f"Project {number}")
    slug = factory.Sequence(lambda number: f"project-{number}")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    project = factory.SubFactory(ProjectFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.ANNOTATOR


def service_account_in(project: Project, **fields: Any) -> Membership:
    """Make a service account in a project."""
    user = UserFactory.create(is_service=True, email="", password=None)
    account: Membership = MembershipFactory.create(project=project, user=user, **fields)
    return account


class DocumentFactory(DjangoModelFactory[Document]):
    """A document made from text, hence ready; its project needs no member for that."""

    class Meta:
        model = Document

    project = factory.SubFactory(ProjectFactory)
    text = "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë."

    @classmethod
    def _create(cls, model_class: type[Document], *args: Any, **kwargs: Any) -> Document:
        actor = kwargs.pop("actor", None) or UserFactory.create()
        return create_document(actor=actor, **kwargs)


class JobFactory(DjangoModelFactory[Job]):
    """A job that waits for a worker."""

    class Meta:
        model = Job

    project = factory.SubFactory(ProjectFactory)
    kind = JobKind.IMPORT


class WebhookFactory(DjangoModelFactory[Webhook]):
    """A webhook on the open internet, which no test asks."""

    class Meta:
        model = Webhook

    project = factory.SubFactory(ProjectFactory)
    url = "https://8.8.8.8/hook"
    secret = factory.LazyFunction(lambda: seal(new_secret()))
    position = factory.LazyFunction(lambda: str(feed.now()))
    epoch = factory.LazyFunction(feed.epoch)
    looked_at = factory.LazyFunction(timezone.now)
    created_by = factory.SubFactory(UserFactory)


class DeliveryFactory(DjangoModelFactory[Delivery]):
    """A delivery that failed; its event is the making of a document."""

    class Meta:
        model = Delivery

    webhook = factory.SubFactory(WebhookFactory)
    project = factory.SelfAttribute("webhook.project")
    state = DeliveryState.FAILED
    attempts = 10
    error = "unreachable"

    @factory.lazy_attribute
    def event(self) -> Event:
        """Return an event of the project."""
        document = DocumentFactory.create(project=self.project)
        event: Event = Event.objects.filter(target_id=document.pk).latest("id")
        return event


def schema_version_of(project: Project) -> SchemaVersion:
    """Return the latest version of the project's schema."""
    versions = project.schema_versions
    latest = versions.order_by("-number").first()
    version: SchemaVersion = latest or versions.create(number=1, labels=[])
    return version


class LabelFactory(DjangoModelFactory[Label]):
    class Meta:
        model = Label
        skip_postgeneration_save = True

    project = factory.SubFactory(ProjectFactory)
    kind = Kind.SPAN
    name = factory.Sequence(lambda number: f"label {number}")

    @factory.post_generation
    def version(self, create: bool, extracted: Any, **_: Any) -> None:
        """Give the project a version of its schema: one comes with each label."""
        if create:
            schema_version_of(self.project)  # type: ignore[arg-type] # a row by then


class AnnotationSetFactory(DjangoModelFactory[AnnotationSet]):
    class Meta:
        model = AnnotationSet

    document = factory.SubFactory(DocumentFactory)
    project = factory.SelfAttribute("document.project")
    revision = factory.SelfAttribute("document.revision")
    author = factory.SubFactory(UserFactory)


class AnnotationFactory(DjangoModelFactory[Annotation]):
    """A span over "Ada" of the document that DocumentFactory makes."""

    class Meta:
        model = Annotation

    annotation_set = factory.SubFactory(AnnotationSetFactory)
    document = factory.SelfAttribute("annotation_set.document")
    project = factory.SelfAttribute("annotation_set.project")
    revision = factory.SelfAttribute("annotation_set.revision")
    author = factory.SelfAttribute("annotation_set.author")
    label = factory.SubFactory(LabelFactory, project=factory.SelfAttribute("..project"))
    schema_version = factory.LazyAttribute(lambda one: schema_version_of(one.project))
    start = 0
    end = 3
    quote = "Ada"


class RelationFactory(DjangoModelFactory[Relation]):
    """A relation between two annotations of a set, which are both to be given or neither."""

    class Meta:
        model = Relation

    source = factory.SubFactory(AnnotationFactory)
    target = factory.SubFactory(
        AnnotationFactory, annotation_set=factory.SelfAttribute("..source.annotation_set")
    )
    annotation_set = factory.SelfAttribute("source.annotation_set")
    document = factory.SelfAttribute("source.document")
    project = factory.SelfAttribute("source.project")
    author = factory.SelfAttribute("source.author")
    label = factory.SubFactory(
        LabelFactory, project=factory.SelfAttribute("..project"), kind=Kind.RELATION
    )
    schema_version = factory.LazyAttribute(lambda one: schema_version_of(one.project))


class CommentFactory(DjangoModelFactory[Comment]):
    """The beginning of a thread on a document."""

    class Meta:
        model = Comment

    document = factory.SubFactory(DocumentFactory)
    project = factory.SelfAttribute("document.project")
    author = factory.SubFactory(UserFactory)
    body = "Hm?"


class NotificationFactory(DjangoModelFactory[Notification]):
    """A mention of somebody in a comment."""

    class Meta:
        model = Notification

    person = factory.SubFactory(UserFactory)
    kind = NotificationKind.MENTION
    comment = factory.SubFactory(CommentFactory)
    actor = factory.SelfAttribute("comment.author")
    document = factory.SelfAttribute("comment.document")
    project = factory.SelfAttribute("comment.project")
