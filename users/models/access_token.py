"""Tokens for scripts and service accounts: shown once, kept as a digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone

from users.models.resource import Resource
from users.querysets import AccessTokenQuerySet


class Scope(models.TextChoices):
    """What a token may be used for; each scope allows what the ones before it allow."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True)
class Grant:
    """What the token of a request allows: up to a scope, in one project or (None) in all.

    Which token it is tells nothing of what it allows: its `repr` leaves that out.
    """

    scope: Scope
    project_id: UUID | None
    token_id: UUID | None = field(default=None, repr=False)

    def allows(self, scope: Scope) -> bool:
        """Return whether the token's scope reaches that far."""
        ranks = list(Scope)
        return ranks.index(scope) <= ranks.index(self.scope)


class AccessToken(Resource):
    """One token of a person or a service account.

    `project_id` is no foreign key, for projects lie above this app: what a project no longer
    has, its tokens no longer reach. Of the token itself only the SHA-256 is kept, and its
    beginning, by which people tell their tokens apart.
    """

    unlogged_fields: ClassVar[frozenset[str]] = frozenset({"digest", "last_used_at"})

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_tokens"
    )
    name = models.CharField(max_length=100, help_text="What it is for.")
    hint = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=10, choices=Scope)
    project_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scope__in=Scope.values), name="access_token_scope_known"
            ),
        )
        indexes = (models.Index(fields=["user", "id"], name="access_token_of_user"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def is_good(self) -> bool:
        """Return whether it may be used: not revoked, not expired, its user active."""
        expired = self.expires_at is not None and self.expires_at <= timezone.now()
        has_user = self.user.is_active and self.user.erased_at is None
        return self.revoked_at is None and not expired and has_user

    @property
    def grant(self) -> Grant:
        """Return what it allows."""
        return Grant(Scope(self.scope), self.project_id, self.pk)
