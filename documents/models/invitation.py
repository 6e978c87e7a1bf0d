"""A role in a project, offered by a link or a mail to whoever takes it up first."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from documents.models.project import Project, Role
from documents.querysets import InvitationQuerySet
from users.emails import ASCII, require_ascii
from users.models import AccessToken, Resource


class Invitation(Resource):
    """One offer, good once and for a while; of its token only the SHA-256 is kept.

    With an `email` it was sent there, and only an account with that e-mail may take it up. What
    was made with an `access_token` is revoked with it, for whoever stole that may know the link.
    """

    STATES = ("open", "accepted", "revoked", "expired")

    unlogged_fields = frozenset({"token_digest", "access_token_id"})

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role)
    email = models.EmailField(max_length=254, blank=True, validators=[require_ascii])
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    access_token = models.ForeignKey(
        AccessToken, on_delete=models.PROTECT, null=True, related_name="+"
    )
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None),
                name="invitation_accepted_or_revoked",
            ),
            models.CheckConstraint(
                condition=models.Q(email__regex=ASCII), name="invitation_email_ascii"
            ),
        )
        indexes = (models.Index(fields=["project", "id"], name="invitation_of_project"),)

    def __str__(self) -> str:
        return f"{self.email or 'whoever has the link'} ({self.role})"

    @property
    def state(self) -> str:
        """Return where it stands: open, accepted, revoked or expired."""
        if self.accepted_at:
            return "accepted"
        if self.ended_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "open"

    @property
    def ended_at(self) -> datetime | None:
        """Return when it was revoked, if it was: itself, or the access token it was made with."""
        if self.accepted_at or self.revoked_at or self.access_token is None:
            return self.revoked_at
        return self.access_token.revoked_at
