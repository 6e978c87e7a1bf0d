"""Exact duplicates: what becomes of a document whose content the project has already."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from documents.intake.identity import content_taken
from documents.models import Document, DuplicatePolicy


class Contents:
    """Which live document of a project has which content, as far as a batch asks for it.

    A content is a SHA-256: of the file, or of the text where there is no file.
    """

    def __init__(self, project_id: UUID, policy: str, digests: Iterable[str]) -> None:
        self._policy = policy
        self._holders: dict[str, UUID] = {}
        if policy != DuplicatePolicy.ALLOW:
            rows = Document.objects.live().filter(
                project_id=project_id, sha256__any_of=set(digests)
            )
            first = rows.order_by("sha256", "id").distinct("sha256")
            self._holders = dict(first.values_list("sha256", "id"))

    def place(self, document: Document, sha256: str) -> None:
        """Give the document its content, as the project's policy is.

        Raises DuplicateDocument, and changes nothing then. Documents from before the policy
        count too; of simultaneous ones the database lets one pass, by `content_key`.
        """
        other = self._holders.get(sha256)
        other = None if other == document.pk else other
        if other and self._policy == DuplicatePolicy.REFUSE:
            raise content_taken(other)
        document.sha256 = sha256
        document.duplicate_of_id = other
        document.content_key = sha256 if self._policy == DuplicatePolicy.REFUSE else None
        if self._policy != DuplicatePolicy.ALLOW:
            self._holders.setdefault(sha256, document.pk)


def place_anew(document: Document) -> None:
    """Give a document that comes back its place among the contents of its project.

    In the transaction that brings it back. Raises DuplicateDocument.
    """
    policy = hold_policy(document.project_id)
    Contents(document.project_id, policy, [document.sha256]).place(document, document.sha256)


def hold_policy(project_id: UUID, *, alone: bool = False) -> str:
    """Return the project's policy for duplicates, and keep it until the transaction ends.

    `alone`, nobody else takes documents into the project meanwhile.
    """
    strength = "NO KEY UPDATE" if alone else "SHARE"
    statement = f"SELECT duplicates FROM documents_project WHERE id = %s FOR {strength}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [project_id])
        (policy,) = cursor.fetchone()
    return str(policy)
