"""Rows for tests, made with sensible values."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from annotations.models import Annotation, AnnotationSet, Kind, Label
from documents.models import Document, Membership, Project, Role
from documents.services.documents import create_document
from users.models import AccessToken, Scope, User
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


class LabelFactory(DjangoModelFactory[Label]):
    class Meta:
        model = Label

    project = factory.SubFactory(ProjectFactory)
    kind = Kind.SPAN
    name = factory.Sequence(lambda number: f"label {number}")


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
    author = factory.SelfAttribute("annotation_set.author")
    label = factory.SubFactory(LabelFactory, project=factory.SelfAttribute("..project"))
    start = 0
    end = 3
    quote = "Ada"
