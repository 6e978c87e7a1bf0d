"""How rows name themselves, in the admin and in logs."""

from __future__ import annotations

from annotations.models import SchemaVersion
from documents.models import Project


def test_a_version_of_a_schema_says_of_which_project_it_is() -> None:
    assert str(SchemaVersion(project=Project(name="Press"), number=3)) == "Press: version 3"
