"""A team's shared work, and who may do what in it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models

from documents.querysets import MembershipQuerySet, ProjectQuerySet
from users.models import Resource


class Role(models.TextChoices):
    """What a member may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    ANNOTATOR = "annotator"
    CURATOR = "curator"
    MANAGER = "manager"


class DuplicatePolicy(models.TextChoices):
    """What happens to a document whose content the project has already."""

    ALLOW = "allow"
    LINK = "link"
    REFUSE = "refuse"


class Project(Resource):
    """Documents, labels and members that belong together."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80)
    description = models.TextField(blank=True)
    guidelines = models.TextField(blank=True, help_text="Markdown.")
    is_blind = models.BooleanField(
        default=True, help_text="Annotators do not see each other's work before it is approved."
    )
    four_eyes = models.BooleanField(default=False, help_text="Nobody approves a set of their own.")
    allows_overlap = models.BooleanField(
        default=True, help_text="Spans of one set may overlap; else the database refuses them."
    )
    duplicates = models.CharField(
        max_length=10,
        choices=DuplicatePolicy,
        default=DuplicatePolicy.LINK,
        help_text="What happens to a document with the very content of another one.",
    )
    max_documents = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Empty: as many as the site allows."
    )
    max_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Of files and texts. Empty: as many as the site allows."
    )
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["slug"],
                condition=models.Q(deleted_at=None),
                name="project_slug_unique_while_not_deleted",
            ),
            models.CheckConstraint(
                condition=models.Q(duplicates__in=DuplicatePolicy.values),
                name="project_duplicates_known",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def project_id(self) -> UUID:
        """Return the id, under the name by which every resource tells its project."""
        return self.pk


class Membership(Resource):
    """One person's role in one project."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "user"],
                name="membership_once_per_person",
                violation_error_message="This person is a member already.",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
