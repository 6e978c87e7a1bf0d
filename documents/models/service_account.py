"""Accounts of programs, each by the one membership that it has."""

from __future__ import annotations

from documents.models.project import Membership


class ServiceAccount(Membership):
    """A service account in its project, which is a list of its own in the admin."""

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return str(self.user)
