"""How rows name themselves, in the admin and in logs."""

from __future__ import annotations

from annotations.models import SchemaVersion
from annotations.models.annotation_set import AnnotatedDocument
from documents.models import Document, Project


def test_a_version_of_a_schema_says_of_which_project_it_is() -> None:
    assert str(SchemaVersion(project=Project(name="Press"), number=3)) == "Press: version 3"


def test_that_a_document_is_annotated_goes_by_the_document() -> None:
    document = Document()
    assert str(AnnotatedDocument(document=document)) == str(document.pk)
