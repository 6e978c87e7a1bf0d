"""`manage.py seed` makes a demo from real files."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from annotations.models import Annotation, AnnotationSet
from documents.models import Document, Membership
from users.models import Event, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return Path(settings.VAR_DIR)


def seed(*words: str) -> str:
    out = StringIO()
    call_command("seed", "--documents", "4", "--annotators", "2", *words, stdout=out)
    return out.getvalue()


def said() -> list[tuple[object, ...]]:
    order = ("document__external_id", "author__email", "start", "end", "label__name")
    rows = Annotation.objects.order_by(*order)
    return list(rows.values_list("author__email", "label__name", "start", "end", "quote"))


def test_makes_ready_documents_of_several_formats_with_sets_of_several_people() -> None:
    seed()
    assert set(Document.objects.values_list("status", flat=True)) == {"ready"}
    assert Document.objects.values("media_type").order_by().distinct().count() == 2
    assert AnnotationSet.objects.values("author").distinct().count() == 2
    roles = Membership.objects.order_by("role").values_list("role", flat=True)
    assert list(roles) == ["annotator", "annotator", "curator", "manager"]
    assert Event.objects.filter(action="annotation.created").count() == Annotation.objects.count()


def test_says_the_same_for_the_same_seed() -> None:
    with transaction.atomic():
        seed()
        first = said()
        transaction.set_rollback(True)
    seed()
    assert said() == first


def test_tells_each_account_once_and_keeps_it_for_the_owner_alone(var: Path) -> None:
    told = seed()
    file = var / "demo_accounts"
    assert file.stat().st_mode & 0o077 == 0
    for line in file.read_text().splitlines():
        assert line in told
    emails = [line.split()[0] for line in file.read_text().splitlines()]
    assert sorted(emails) == sorted(User.objects.values_list("email", flat=True))
    assert "The accounts are as before." in seed("--seed", "2")
    assert len(file.read_text().splitlines()) == len(emails)


def test_does_not_touch_a_site_in_use_when_asked_to_fill_only_an_empty_one() -> None:
    User.objects.create_user("ada@example.org", "correct horse battery")
    assert "no demo is made" in seed("--if-empty")
    assert Document.objects.count() == 0


def test_says_when_the_demo_of_a_seed_is_there() -> None:
    seed()
    with pytest.raises(CommandError, match="choose another --seed"):
        seed()
    assert Document.objects.count() == 4
