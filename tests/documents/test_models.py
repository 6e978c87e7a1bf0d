"""How rows name themselves, in the admin and in logs."""

from __future__ import annotations

from datetime import UTC, datetime

from documents.models import (
    Document,
    Job,
    JobError,
    MetadataField,
    MetadataValue,
    SavedFilter,
    SearchEntry,
    Upload,
)
from documents.models.fingerprint import Fingerprint, GroupMember


def test_rows_without_a_name_go_by_their_document() -> None:
    document, other = Document(), Document()
    assert str(Fingerprint(document=document)) == str(document.pk)
    assert str(SearchEntry(document=document)) == str(document.pk)
    member = GroupMember(document=document, first=other)
    assert str(member) == f"{document.pk} with {other.pk}"


def test_others_say_what_they_are() -> None:
    assert str(JobError(line=3, code="too_large")) == "3: too_large"
    assert str(JobError(entry="a.txt", code="too_large")) == "a.txt: too_large"
    assert str(Upload(name="a.zip", offset=3, length=9)) == "a.zip (3 of 9)"
    assert str(MetadataField(name="year", type="number")) == "year (number)"
    assert str(Job(kind="import", source_name="a.zip")) == "Import of a.zip"
    assert str(SavedFilter(name="Of the war")) == "Of the war"


def test_values_say_of_which_field_they_are() -> None:
    field, moment = MetadataField(), datetime(1914, 7, 28, tzinfo=UTC)
    assert str(MetadataValue(field=field, number=7)) == f"{field.pk}: 7"
    assert str(MetadataValue(field=field, moment=moment)) == f"{field.pk}: {moment}"
