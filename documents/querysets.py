"""Who sees which projects and documents: every query starts with who asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Func, Q, Value
from django.utils import timezone

if TYPE_CHECKING:
    from users.models import User


_ROLE = F("project__memberships__role")


@models.Field.register_lookup
class AnyOf(models.Lookup):  # type: ignore[type-arg]
    """`column__any_of=[…]`: as `in`, with one parameter however many values there are.

    To put a thousand parameters into a statement takes longer than to find their rows.
    """

    lookup_name = "any_of"

    def get_prep_lookup(self) -> list[Any]:
        """Return the values as the column has them."""
        return [self.lhs.output_field.get_prep_value(value) for value in self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the comparison."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*parameters, self.rhs]


def within_reach(user: User, project: str = "project") -> Q:
    """Return which rows lie in projects that the user sees and the token at hand reaches.

    `project` is the path to the row's project; a superuser sees all.
    """
    seen = Q() if user.is_superuser else Q(**{f"{project}__memberships__user": user})
    limit = user.grant.project_id if user.grant else None
    return seen & Q(**{project: limit}) if limit else seen


class ProjectQuerySet(models.QuerySet[Any]):
    """Projects."""

    def visible_to(self, user: User) -> Self:
        """Keep the projects that the user is a member of; a superuser sees all."""
        seen = self if user.is_superuser else self.filter(memberships__user=user)
        limit = user.grant.project_id if user.grant else None
        return seen.filter(pk=limit) if limit else seen

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)

    def with_role_of(self, user: User) -> Self:
        """Note as `role_of_caller` which role the user has, who sees them; superusers need none."""
        return self if user.is_superuser else self.annotate(role_of_caller=F("memberships__role"))

    def hold_overlap(self, project_id: UUID) -> bool:
        """Return whether a project's spans may overlap; it stays so until the transaction ends."""
        with connection.cursor() as cursor:
            statement = "SELECT allows_overlap FROM documents_project WHERE id = %s FOR KEY SHARE"
            cursor.execute(statement, [project_id])
            (allows,) = cursor.fetchone()
        return bool(allows)


class MembershipQuerySet(models.QuerySet[Any]):
    """Memberships."""

    def visible_to(self, user: User) -> Self:
        """Keep the memberships of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)


class InvitationQuerySet(models.QuerySet[Any]):
    """Invitations."""

    def visible_to(self, user: User) -> Self:
        """Keep the invitations to the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)

    def open(self) -> Self:
        """Keep those that may still be taken up, as far as the rows alone tell."""
        return self._untaken().filter(expires_at__gt=timezone.now())

    def in_state(self, state: str) -> Self:
        """Keep those that stand so, as Invitation.state tells it of each."""
        if state == "accepted":
            return self.exclude(accepted_at=None)
        if state == "revoked":
            by_token = Q(accepted_at=None, access_token__revoked_at__isnull=False)
            return self.filter(Q(revoked_at__isnull=False) | by_token)
        if state == "open":
            return self.open()
        return self._untaken().filter(expires_at__lte=timezone.now())

    def _untaken(self) -> Self:
        """Keep those that nobody took up or revoked, themselves or with their access token."""
        return self.filter(accepted_at=None, revoked_at=None, access_token__revoked_at=None)


class DocumentQuerySet(models.QuerySet[Any]):
    """Documents."""

    def visible_to(self, user: User) -> Self:
        """Keep the documents of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)

    def with_role_of(self, user: User) -> Self:
        """Note as `role_of_caller` which role the user has, who sees them; superusers need none."""
        return self if user.is_superuser else self.annotate(role_of_caller=_ROLE)

    def with_revision(self) -> Self:
        """Join the present revision, leaving its text and layout until asked for."""
        return self.select_related("revision").defer("revision__text", "revision__layout")

    def claimable(self) -> Self:
        """Keep what a worker may take: pending, or held under a lease that has run out."""
        now = timezone.now()
        return self.live().filter(
            Q(status="pending") | Q(status="processing", lease_expires_at__lt=now)
        )

    def left_behind(self, patience: timedelta) -> Self:
        """Keep what is claimable though it was announced longer ago than patience allows."""
        return self.claimable().filter(
            Q(announced_at=None) | Q(announced_at__lt=timezone.now() - patience)
        )


class RevisionQuerySet(models.QuerySet[Any]):
    """Texts of documents."""

    def visible_to(self, user: User) -> Self:
        """Keep the revisions of the documents that the user sees."""
        return self.filter(within_reach(user), document__deleted_at=None, project__deleted_at=None)

    def page_sizes(self, revision_id: UUID) -> list[tuple[float, float] | None]:
        """Return width and height of each page of a text in points, None where not known.

        What stands on the pages, which may be much, is left in the database.
        """
        asked = (_of_layout("$.pages.size()"), _of_layout("$.geometry[*].width"))
        rows = self.filter(pk=revision_id)
        [(count, widths, heights)] = rows.values_list(*asked, _of_layout("$.geometry[*].height"))
        return list(zip(widths, heights, strict=True)) or [None] * sum(count)


def _of_layout(path: str) -> Func:
    """Return all that a path of JSON leads to in a revision's layout, as an array."""
    return Func(
        F("layout"),
        Value(path),
        template="jsonb_path_query_array(%(expressions)s::jsonpath)",
        output_field=models.JSONField(),
    )


class JobQuerySet(models.QuerySet[Any]):
    """Jobs."""

    def visible_to(self, user: User) -> Self:
        """Keep the jobs of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)

    def unfinished(self) -> Self:
        """Keep what is still to do."""
        return self.filter(state__in=["pending", "running"])

    def claimable(self) -> Self:
        """Keep what a worker may take up: unfinished, and under nobody's lease.

        The jobs of a deleted project rest until it is restored.
        """
        free = Q(lease_id=None) | Q(lease_expires_at__lt=timezone.now())
        return self.unfinished().filter(free, project__deleted_at=None)

    def left_behind(self, patience: timedelta) -> Self:
        """Keep what is claimable though it was announced longer ago than patience allows."""
        return self.claimable().filter(
            Q(announced_at=None) | Q(announced_at__lt=timezone.now() - patience)
        )


class JobErrorQuerySet(models.QuerySet[Any]):
    """What was wrong with items of jobs."""

    def visible_to(self, user: User) -> Self:
        """Keep the errors of the jobs that the user sees."""
        return self.filter(within_reach(user, "job__project"), job__project__deleted_at=None)


class UploadQuerySet(models.QuerySet[Any]):
    """Resumable uploads."""

    def visible_to(self, user: User) -> Self:
        """Keep the user's own uploads to the projects that they see."""
        return self.filter(within_reach(user), created_by=user, project__deleted_at=None)


class MetadataFieldQuerySet(models.QuerySet[Any]):
    """Declared metadata."""

    def visible_to(self, user: User) -> Self:
        """Keep the fields of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)


class SavedFilterQuerySet(models.QuerySet[Any]):
    """Saved filters."""

    def visible_to(self, user: User) -> Self:
        """Keep the user's own filters and the shared ones, in the projects that they see."""
        seen = Q(owner=user) | Q(is_shared=True)
        return self.filter(within_reach(user), seen, project__deleted_at=None)


class WebhookQuerySet(models.QuerySet[Any]):
    """Webhooks."""

    def visible_to(self, user: User) -> Self:
        """Keep the webhooks of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)

    def in_use(self) -> Self:
        """Keep what is sent to: those of a deleted project rest until it is restored."""
        return self.live().filter(is_enabled=True, project__deleted_at=None)


class DeliveryQuerySet(models.QuerySet[Any]):
    """What is sent to webhooks."""

    def visible_to(self, user: User) -> Self:
        """Keep the deliveries of the projects that the user sees."""
        return self.filter(within_reach(user), webhook__deleted_at=None, project__deleted_at=None)

    def pending(self) -> Self:
        """Keep what is still to be delivered."""
        return self.filter(state="pending")

    def due(self) -> Self:
        """Keep what is to be tried now: pending, its time has come, and nobody has it at hand."""
        now = timezone.now()
        free = Q(lease_id=None) | Q(lease_expires_at__lt=now)
        return self.pending().filter(free, next_attempt_at__lte=now)

    def under_way(self) -> Self:
        """Keep what a sender has at hand."""
        return self.filter(lease_id__isnull=False, lease_expires_at__gte=timezone.now())
