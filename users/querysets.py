"""Who sees which people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

if TYPE_CHECKING:
    from users.models import User

KNOWN_FOR = timedelta(days=90)


class UserQuerySet(models.QuerySet[Any]):
    """People."""

    def visible_to(self, user: User) -> Self:
        """Keep whom the user may see: themselves, or for a superuser all."""
        return self if user.is_superuser else self.filter(pk=user.pk)


class LoginSessionQuerySet(models.QuerySet[Any]):
    """Sign-ins."""

    def visible_to(self, user: User) -> Self:
        """Keep the user's own."""
        return self.filter(user=user)

    def live(self) -> Self:
        """Keep those that may still be used, as far as the rows alone tell."""
        now = timezone.now()
        return self.filter(
            ended_at=None, expires_at__gt=now, token_version=F("user__token_version")
        )

    def known_at(self, address: str) -> Self:
        """Keep those by which an address is known as their person's: of the last 90 days."""
        return self.filter(address=address, created_at__gt=timezone.now() - KNOWN_FOR)


class ExternalIdentityQuerySet(models.QuerySet[Any]):
    """Who people are at providers."""

    def visible_to(self, user: User) -> Self:
        """Keep the user's own."""
        return self.filter(user=user)


class AccessTokenQuerySet(models.QuerySet[Any]):
    """Access tokens."""

    def visible_to(self, user: User) -> Self:
        """Keep the user's own, and those of service accounts in projects that they manage.

        Memberships are reached through their relation, for this app does not know the one that
        has them.
        """
        if user.is_superuser:
            return self
        managed = user.memberships.filter(role="manager", project__deleted_at=None)
        members = user.memberships.model.objects.filter(project__in=managed.values("project"))
        of_services = Q(user__is_service=True, user__in=members.values("user"))
        return self.filter(Q(user=user) | of_services)

    def live(self) -> Self:
        """Keep those that may still be used, as far as the rows alone tell."""
        now = timezone.now()
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


# What people do to accounts and sign-ins, and who may do what: the events of the security log.
SECURITY_ACTIONS = (
    "sign_in.",
    "second_factor.",
    "access_token.",
    "user.",
    "member.",
    "invitation.",
    "service_account.",
)

# Of these a project's managers alone are told, as by the routes: who is invited, and by which
# tokens and from where its service accounts work, and where its events are sent.
MANAGERS_ACTIONS = ("access_token.", "invitation.", "service_account.", "webhook.")


def begins_with(prefixes: tuple[str, ...]) -> Q:
    """Return the condition that an action begins with one of the prefixes."""
    wanted = Q()
    for prefix in prefixes:
        wanted |= Q(action__startswith=prefix)
    return wanted


class EventQuerySet(models.QuerySet[Any]):
    """The log."""

    def visible_to(self, user: User) -> Self:
        """Keep what happened in the user's projects, what they did, and what befell their account.

        Annotators of a blind project are shown their own doings alone, and what MANAGERS_ACTIONS
        names only managers and who did it. Memberships are reached through their relation, for
        this app does not know the one that has them.
        """
        limit = Q(project_id=user.grant.project_id) if user.grant and user.grant.project_id else Q()
        if user.is_superuser:
            return self.filter(limit)
        projects = user.memberships.values("project")
        open_ones = user.memberships.exclude(role="annotator", project__is_blind=True)
        managed = user.memberships.filter(role="manager")
        of_all = Q(project_id__in=open_ones.values("project")) & ~begins_with(MANAGERS_ACTIONS)
        of_managers = Q(project_id__in=managed.values("project"))
        own = Q(actor=user) & (Q(project_id=None) | Q(project_id__in=projects))
        about = Q(target_type="user", target_id=user.pk, project_id=None)
        return self.filter(limit, of_all | of_managers | own | about)

    def of_project(self, project_id: UUID) -> Self:
        """Keep what happened in a project, as far as every curator may see it.

        For readers that are nobody: whom a webhook tells is not known. Private saved filters are
        seen by their owners alone.
        """
        were_shared = Q(before__isnull=True) | Q(before__is_shared=True)
        is_open = ~Q(action__startswith="saved_filter.") | Q(after__is_shared=True) & were_shared
        return self.filter(is_open, project_id=project_id).exclude(begins_with(MANAGERS_ACTIONS))

    def security(self) -> Self:
        """Keep what tells of sign-ins, accounts, tokens and roles."""
        return self.filter(begins_with(SECURITY_ACTIONS))
