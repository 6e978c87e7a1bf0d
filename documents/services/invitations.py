"""Invite to projects by links that are good once, and take invitations up.

Of a token only the digest is kept. One that is mailed is shown to nobody but the mailbox's owner;
hence who registers with it has shown that the address is theirs. A link that was passed on by
other means shows nothing of the kind: where e-mails are confirmed, whoever registers with it names
an address, and goes on by the link that is mailed there. So nobody learns whether an address has
an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from documents.errors import InvitationInvalid, NotInvited
from documents.models import Invitation, Membership, Project, Role
from documents.querysets import InvitationQuerySet
from documents.services.members import admit
from documents.tasks import mail_invitation
from users import passwords
from users.errors import InvalidMember, RegistrationClosed
from users.models import Event, User
from users.sealing import seal
from users.services import accounts
from users.services.events import record
from users.token_format import INVITATION, digest, is_well_formed, new_token

EXPIRES_IN_DAYS = 7
SALT = "postil.invitation"


@dataclass(frozen=True)
class Offer:
    """An open invitation as one of its links offers it: `email` is where that was mailed, or ""."""

    invitation: Invitation
    email: str

    @property
    def needs_email(self) -> bool:
        """Return whether who registers has to name an address."""
        return not (self.email or self.invitation.email)


@transaction.atomic
def invite(
    *,
    actor: User,
    project: Project,
    role: str,
    email: str = "",
    expires_in_days: int = EXPIRES_IN_DAYS,
) -> tuple[Invitation, str | None]:
    """Offer a role to whoever has the link, or to one address; return the token if not mailed."""
    token = new_token(INVITATION)
    invitation = Invitation.objects.create(
        project=project,
        role=role,
        email=email,
        token_digest=digest(token),
        invited_by=actor,
        access_token_id=actor.grant.token_id if actor.grant else None,
        expires_at=timezone.now() + timedelta(days=expires_in_days),
    )
    record(actor=actor, action="invitation.created", target=invitation, project_id=project.pk)
    if email:
        _mail(invitation, email, token)
    return invitation, None if _is_mailed(invitation) else token


def open_offer(*, token: str) -> Offer:
    """Return what a token offers now; raises InvitationInvalid."""
    return _offered(token, Invitation.objects.all())


@transaction.atomic
def accept(*, user: User, token: str) -> Membership:
    """Take an invitation up; raises InvitationInvalid, NotInvited, AlreadyMember."""
    offer = _locked(token)
    _require_address(offer, user.email)
    return _taken_up(offer.invitation, user)


@transaction.atomic
def register(
    *, token: str, email: str = "", password: str = "", name: str = ""
) -> tuple[User | None, str]:
    """Make an account and take an invitation up with it; return it and its e-mail.

    Without an account in the answer the e-mail is to be confirmed first: see `mail_link`.
    Raises RegistrationClosed, InvitationInvalid, NotInvited, EmailTaken, InvalidMember.
    """
    if settings.REGISTRATION == "closed":
        raise RegistrationClosed("Ask an administrator for an account.")
    offer = _locked(token)
    if email:
        _require_address(offer, email)
    address = offer.email or offer.invitation.email or email
    if not address:
        raise InvalidMember("/email", "required", "This invitation names no address.")
    is_shown = bool(offer.email) or _is_mailed(offer.invitation)
    if settings.EMAIL_VERIFICATION and not is_shown:
        return None, address
    _require_fit(password, User(email=address, name=name))
    user = _new_account(address, password, name, is_shown=is_shown)
    _taken_up(offer.invitation, user)
    return user, address


def mail_link(*, token: str, email: str) -> None:
    """Mail an invitation on to an address that somebody registers with."""
    offer = open_offer(token=token)
    link = signing.dumps([str(offer.invitation.pk), email], salt=SALT)
    _mail(offer.invitation, email, link)


def _mail(invitation: Invitation, email: str, token: str) -> None:
    # Sealed, for a queue may be read by others than the worker.
    mail_invitation.delay_on_commit(  # type: ignore[attr-defined]
        str(invitation.pk), seal(email), seal(token)
    )


def _is_mailed(invitation: Invitation) -> bool:
    """Return whether its token is known from a mail alone; what is printed instead is no mail."""
    return bool(invitation.email) and settings.EMAIL_IS_SENT


def _locked(token: str) -> Offer:
    """Return what a token offers, under lock: of simultaneous uses one wins."""
    return _offered(token, Invitation.objects.select_for_update(of=("self",)))


def _offered(token: str, rows: InvitationQuerySet) -> Offer:
    wanted, email = _read(token)
    found = rows.open().select_related("project", "invited_by").filter(wanted).first()
    if found is None or found.project.deleted_at or not _may_invite(found):
        raise InvitationInvalid
    return Offer(found, email)


def _read(token: str) -> tuple[Q, str]:
    """Return which invitation a token is of, and the address to which it was mailed on."""
    if is_well_formed(token, INVITATION):
        return Q(token_digest=digest(token)), ""
    try:
        pk, email = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise InvitationInvalid from error
    return Q(pk=pk), email


def _may_invite(invitation: Invitation) -> bool:
    """Return whether who invited may still do so, for else a link would outlast their role."""
    inviter = invitation.invited_by
    managers = inviter.memberships.filter(project=invitation.project, role=Role.MANAGER)
    may = inviter.is_active and (inviter.is_superuser or managers.exists())
    return may and not _was_shut_out(inviter, since=invitation.created_at)


def _was_shut_out(inviter: User, since: datetime) -> bool:
    """Return whether an account was shut meanwhile: opening it again revives nothing."""
    told = Event.objects.filter(target_type="user", target_id=inviter.pk, at__gte=since)
    return told.filter(action="user.deactivated").exists()


def _require_address(offer: Offer, email: str) -> None:
    # Letters beyond ASCII are compared as they are: none may pass for another here.
    sent_to = (offer.email or offer.invitation.email).encode().lower()
    if sent_to and sent_to != email.strip().encode().lower():
        raise NotInvited("Use the address to which it was sent, or the account with it.")


def _require_fit(password: str, person: User) -> None:
    if not password:
        raise InvalidMember("/password", "required", "This field is required.")
    try:
        passwords.validate(password, person)
    except ValidationError as error:
        raise InvalidMember("/password", "invalid", *error.messages) from error


def _new_account(email: str, password: str, name: str, *, is_shown: bool) -> User:
    if is_shown:
        return accounts.create_person(email=email, password=password, name=name)
    return accounts.create_user(
        actor=None, email=email, password=password, name=name, email_verified_at=None
    )


def _taken_up(invitation: Invitation, user: User) -> Membership:
    project = invitation.project
    membership = admit(actor=user, project=project, person=user, role=invitation.role)
    before = invitation.snapshot()
    invitation.accepted_by = user
    invitation.accepted_at = timezone.now()
    invitation.save_new_version()
    record(
        actor=user,
        action="invitation.accepted",
        target=invitation,
        project_id=project.pk,
        before=before,
    )
    return membership
