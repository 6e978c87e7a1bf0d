"""Erase documents as a manager does, and look for what is left of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from documents.models import Document, Job
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.factories import PASSWORD

MARK = "zyxwmark"
SURE = {"current_password": PASSWORD}


def traces(mark: str = MARK) -> dict[str, list[str]]:
    """Return where a text is: table → rows; and the paths of files that hold it or are named so."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            statement = f"SELECT r::text FROM {table} r WHERE r::text ILIKE %s"
            cursor.execute(statement, [f"%{mark}%"])
            found[table] = [row for (row,) in cursor.fetchall()]
    storage: Any = settings.STORAGES["default"]
    files = [file for file in Path(storage["OPTIONS"]["location"]).rglob("*") if file.is_file()]
    found["files"] = [str(file) for file in files if mark in str(file) + _read(file)]
    return {place: rows for place, rows in found.items() if rows}


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace").lower()


def erasure_of(client: Client, *documents: Document) -> Job:
    """Delete documents and ask for their erasure; nobody works on it yet."""
    for document in documents:
        document.refresh_from_db()
        if document.deleted_at is None:
            client.delete(f"/documents/{document.pk}", if_match=str(document.version))
    project = documents[0].project
    body = {"documents": [str(one.pk) for one in documents], "confirm": project.slug}
    asked = client.post(f"/projects/{project.pk}/erasures", SURE | body)
    assert asked.status_code == 202, asked.content
    return Job.objects.get(pk=asked.json()["id"])


def erase(client: Client, *documents: Document) -> Job:
    """Delete documents and have them erased."""
    return work_on(erasure_of(client, *documents))
