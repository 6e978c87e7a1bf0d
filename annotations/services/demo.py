"""Fill a site with a realistic project: real files, annotators who disagree, a curator.

Everything goes the way of any client's work: accounts, uploads, the pipeline with its cell, bulk
annotations, review. Only the passwords are random; the rest depends on the seed alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction

from annotations.models import State
from annotations.sample import annotators as sample_annotators
from annotations.sample import people
from annotations.sample.corpus import sample_documents
from annotations.sample.document import SampleDocument
from annotations.sample.draw import seeded
from annotations.sample.files import write_file
from annotations.sample.labels import DOCUMENT_LABELS, SPAN_LABELS
from annotations.sample.locate import locate
from annotations.services.bulk import create_annotations
from annotations.services.labels import create_label
from annotations.services.sets import approve, open_set, return_for_work, submit
from config.api.concurrency import ANY_VERSION
from documents import pipeline
from documents.models import Document, Project, Role
from documents.offsets import OffsetUnit
from documents.services.documents import upload_document
from documents.services.members import add_member
from documents.services.projects import create_project
from users.models import User
from users.services.accounts import create_user

GUIDELINES = "Mark whole names without titles. Of two spans, the longer one wins."
# How far sets have come, by how often: most are handed in, some wait, few go back.
STATES = [State.SUBMITTED] * 4 + [State.APPROVED] * 3 + [State.DRAFT] * 2 + [State.RETURNED]


@dataclass(frozen=True)
class Account:
    """An account of the demo; its password is told once, and None for one made earlier."""

    email: str
    password: str | None
    role: str


@dataclass(frozen=True)
class Team:
    """A project with its people and its labels' ids by name."""

    project: Project
    curator: User
    annotators: list[User]
    labels: dict[str, UUID]


@transaction.atomic
def fill(
    *, documents: int, annotators: int, seed: int, tell: Callable[[int, str], None]
) -> list[Account]:
    """Make the demo, all of it or nothing; `tell` is called with each document's count and name.

    People of an earlier demo are taken again. Raises SlugTaken when this seed's demo is there.
    """
    accounts: list[Account] = []
    slug, name = f"demo-{seed}", "Demo: letters, news and notes"
    team = make_team(annotators, accounts, slug=slug, name=name)
    for number, sample in enumerate(sample_documents(documents, seed), 1):
        _add_document(team, sample, seed)
        tell(number, sample.file_name)
    return accounts


def make_team(annotators: int, accounts: list[Account], *, slug: str, name: str) -> Team:
    """Make a project with people in each role and labels; new accounts are added to `accounts`.

    Raises SlugTaken.
    """
    admin = _make_account(accounts, people.Person("Admin", "admin@example.org"), "superuser")
    curator = _make_account(accounts, people.curator(), Role.CURATOR)
    members = [
        _make_account(accounts, person, Role.ANNOTATOR) for person in people.annotators(annotators)
    ]
    project = create_project(owner=admin, name=name, slug=slug, guidelines=GUIDELINES)
    for user, role in [(curator, Role.CURATOR), *((user, Role.ANNOTATOR) for user in members)]:
        add_member(actor=admin, project=project, email=user.email, role=role)
    return Team(project, curator, members, _make_labels(admin, project))


def _make_account(accounts: list[Account], person: people.Person, role: str) -> User:
    existing: User | None = User.objects.filter(email__iexact=person.email).first()
    if existing:
        accounts.append(Account(person.email, None, role))
        return existing
    password = secrets.token_urlsafe(12)
    accounts.append(Account(person.email, password, role))
    return create_user(
        actor=None,
        email=person.email,
        password=password,
        name=person.name,
        is_staff=role in {"superuser", Role.CURATOR},
        is_superuser=role == "superuser",
    )


def _make_labels(admin: User, project: Project) -> dict[str, UUID]:
    return {
        label.name: create_label(
            actor=admin,
            project=project,
            kind=label.kind,
            name=label.name,
            color=label.colour,
            shortcut=label.shortcut,
            description=label.description,
            position=position,
        ).pk
        for position, label in enumerate((*SPAN_LABELS, *DOCUMENT_LABELS))
    }


def _add_document(team: Team, sample: SampleDocument, seed: int) -> None:
    document = upload_document(
        actor=team.project.memberships.get(role=Role.MANAGER).user,
        project=team.project,
        file=ContentFile(write_file(sample), name=sample.file_name),
        external_id=sample.external_id,
        title=sample.title,
        language=sample.language,
        split=sample.split,
        tags=list(sample.tags),
        metadata=dict(sample.metadata),
    )
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    random = seeded(seed, sample.external_id)
    for author, opinion in zip(
        team.annotators, _opinions(document, sample, team, seed), strict=True
    ):
        if random.random() < 0.8:  # noqa: PLR2004 - not everybody has come to every document
            _annotate(team, document, author, opinion, random)


def _opinions(
    document: Document, sample: SampleDocument, team: Team, seed: int
) -> list[sample_annotators.Opinion]:
    assert document.revision is not None, "sample files hold text"
    text = document.revision.text
    spans = locate(sample.spans, sample.text, text)
    return sample_annotators.opinions(
        text,
        spans,
        sample.labels,
        annotators=len(team.annotators),
        seed=f"{seed}/{sample.external_id}",
    )


def _annotate(
    team: Team,
    document: Document,
    author: User,
    opinion: sample_annotators.Opinion,
    random: Random,
) -> None:
    items: list[dict[str, Any]] = [
        {"label": team.labels[span.label], "start": span.start, "end": span.end}
        for span in opinion.spans
    ]
    items += [{"label": team.labels[name]} for name in opinion.labels]
    create_annotations(author=author, document=document, items=items, unit=OffsetUnit.CODE_POINTS)
    _review(team, document, author, random.choice(STATES))


def _review(team: Team, document: Document, author: User, state: State) -> None:
    own = open_set(author=author, document=document)
    if state is State.DRAFT:
        return
    handed_in = submit(author=author, annotation_set=own, precondition=ANY_VERSION)
    if state is State.APPROVED:
        approve(reviewer=team.curator, annotation_set=handed_in, precondition=ANY_VERSION)
    if state is State.RETURNED:
        return_for_work(
            reviewer=team.curator,
            annotation_set=handed_in,
            precondition=ANY_VERSION,
            reason="Please mark the places, too.",
        )
