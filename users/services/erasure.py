"""What the erasure of an account takes with it; `accounts.erase` puts it together.

Memberships and invitations are reached through relations, for this app does not know the one that
has them.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, JSONField, Q, TextField, Value
from django.utils import timezone

from users.errors import AccountErased, LastManager
from users.models import Event, User
from users.services import access_tokens
from users.services.events import record

# What tells of a person, in snapshots of their account and in what is told of their sign-ins.
OF_ACCOUNT = ["email", "name", "address", "user_agent", "issuer", "subject"]
OF_SIGN_INS = ["email", "address", "user_agent"]


def require_not_erased(user: User) -> None:
    """Raise AccountErased when there is nobody behind the account any more."""
    if user.erased_at:
        raise AccountErased("Nothing brings it back.")


def leave_projects(actor: User, user: User) -> None:
    """End every membership, and what invited this e-mail; raises LastManager."""
    of_user = user.memberships.order_by("project_id").select_related("project")
    list(of_user.select_for_update(of=("project",)))  # first, as whoever changes members does
    memberships = list(of_user)
    _require_other_managers(memberships)
    for membership in memberships:
        _end_invitations(actor, user, membership.project)
        record(
            actor=actor,
            action="member.removed",
            target=membership,
            project_id=membership.project_id,
            before=membership.snapshot(),
        )
        membership.delete()


def _require_other_managers(memberships: list[Any]) -> None:
    without = [
        membership.project
        for membership in memberships
        if membership.role == "manager"
        and membership.project.deleted_at is None
        and not membership.project.memberships.filter(
            role="manager", user__is_active=True, user__is_service=False
        )
        .exclude(pk=membership.pk)
        .exists()
    ]
    if without:
        projects = [{"id": str(one.pk), "name": one.name} for one in without]
        raise LastManager("Make somebody else a manager of each first.", projects=projects)


def _end_invitations(actor: User, user: User, project: Any) -> None:
    """Revoke what they offered others and what others offered them, and forget their e-mail."""
    to_them = Q(email__iexact=user.email) & ~Q(email="")
    open_ones = project.invitations.filter(accepted_at=None, revoked_at=None)
    for invitation in open_ones.filter(to_them | Q(invited_by=user)).select_for_update():
        before = invitation.snapshot()
        invitation.revoked_at = timezone.now()
        invitation.save_new_version()
        record(
            actor=actor,
            action="invitation.revoked",
            target=invitation,
            project_id=project.pk,
            before=before,
        )
    ids = list(project.invitations.filter(to_them).values_list("pk", flat=True))
    project.invitations.filter(pk__in=ids).update(email="")
    _take_out(["email"], Q(target_type="invitation", target_id__in=ids))


def forget(actor: User, user: User) -> None:
    """Delete how somebody signed in and what they were answered; end and blank their tokens."""
    access_tokens.revoke_all(actor=actor, user=user)
    ids = list(user.access_tokens.values_list("pk", flat=True))
    user.access_tokens.update(name="")
    _take_out(["name", "address", "user_agent"], Q(target_type="accesstoken", target_id__in=ids))
    sessions = list(user.login_sessions.values_list("pk", flat=True))
    _take_out(OF_SIGN_INS, Q(target_type="loginsession", target_id__in=sessions))
    for kept in (user.login_sessions, user.kept_answers, user.external_identities):
        kept.all().delete()
    user.recovery_codes.all().delete()
    if hasattr(user, "authenticator"):
        user.authenticator.delete()


def nobody(user: User) -> dict[str, Any]:
    """Return what an account becomes whose person is gone."""
    return {
        "email": "",
        "email_verified_at": None,
        "name": f"Erased person {secrets.token_hex(4)}",
        "is_active": False,
        "is_staff": False,
        "is_superuser": False,
        "last_login": None,
        "erased_at": timezone.now(),
        "token_version": user.token_version + 1,
    }


def scrub_log(user: User) -> None:
    """Take what tells of a person out of the log: the only change that it ever sees."""
    _take_out(OF_ACCOUNT, Q(target_type="user", target_id=user.pk))
    _take_out(OF_SIGN_INS, Q(actor=user, action__startswith="sign_in."))


class _Without(Func):
    """A JSON object without some of its members."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = JSONField()


def _take_out(members: list[str], events: Q) -> None:
    names = Value(members, output_field=ArrayField(TextField()))
    Event.objects.filter(events).update(
        before=_Without(F("before"), names), after=_Without(F("after"), names)
    )
