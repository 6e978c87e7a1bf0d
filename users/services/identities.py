"""Who people are at OpenID Connect providers: linked to their accounts, by themselves too."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from users.errors import IdentityTaken, LastWayIn
from users.models import ExternalIdentity, User
from users.services.events import record_fact
from users.services.identity_providers import Provider, providers
from users.services.mailing import MailKind, mail
from users.services.oidc_attempts import (
    Arrival,
    Asserted,
    Departure,
    begin_at_front_end,
    end,
)


def identity_of(asserted: Asserted) -> ExternalIdentity | None:
    """Return whose account somebody at a provider has here, if it is linked to any."""
    identities = ExternalIdentity.objects.select_related("user")
    known = identities.filter(issuer=asserted.provider.issuer, subject=asserted.subject)
    found: ExternalIdentity | None = known.first()
    return found


@transaction.atomic
def link(*, user: User, asserted: Asserted) -> ExternalIdentity:
    """Let somebody at a provider sign in as a user from now on; raises IntegrityError."""
    issuer, subject = asserted.provider.issuer, asserted.subject
    identity: ExternalIdentity = ExternalIdentity.objects.create(
        user=user, issuer=issuer, subject=subject
    )
    record_fact(
        actor=user,
        action="user.identity_linked",
        target_type="user",
        target_id=user.pk,
        told={"provider": asserted.provider.name, "issuer": issuer, "subject": subject},
    )
    return identity


def depart(*, user: User, provider: str, redirect_uri: str) -> Departure:
    """Begin to link who one is at a provider; raises InvalidMember, ProviderUnavailable."""
    return begin_at_front_end(provider=provider, redirect_uri=redirect_uri, user=user)


def arrive(*, user: User, state: str, code: str, iss: str = "") -> ExternalIdentity:
    """Link who one is at a provider; what is linked already is returned as it is.

    Raises InvalidState (also of what somebody else began), ProviderRefused, ProviderUnavailable,
    IdentityTaken.
    """
    asserted = end(Arrival(state, code, iss), user=user)
    try:
        return _linked_by_owner(user, asserted)
    except IntegrityError as error:
        identity = identity_of(asserted)
        if identity is None or identity.user_id != user.pk:
            raise IdentityTaken("Unlink it from the other account first.") from error
        return identity


@transaction.atomic
def _linked_by_owner(user: User, asserted: Asserted) -> ExternalIdentity:
    identity = link(user=user, asserted=asserted)
    mail(MailKind.IDENTITY_LINKED, user, about=asserted.provider.title)
    return identity


@transaction.atomic
def unlink(*, user: User, identity: ExternalIdentity) -> None:
    """Have an identity sign in as nobody any longer; again it is harmless.

    Raises LastWayIn without a password or another provider that people may sign in at now.
    """
    current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    others = ExternalIdentity.objects.filter(user=user).exclude(pk=identity.pk)
    usable = [provider.issuer for provider in providers()]
    if not current.has_usable_password() and not others.filter(issuer__in=usable).exists():
        raise LastWayIn("Set a password, or link another provider first.")
    deleted, _ = ExternalIdentity.objects.filter(pk=identity.pk).delete()
    if not deleted:
        return
    record_fact(
        actor=user,
        action="user.identity_unlinked",
        target_type="user",
        target_id=user.pk,
        told={"issuer": identity.issuer, "subject": identity.subject},
    )
    provider = provider_at(identity.issuer)
    mail(MailKind.IDENTITY_UNLINKED, user, about=provider.title if provider else identity.issuer)


def provider_at(issuer: str) -> Provider | None:
    """Return the provider of an issuer, if people may sign in there now."""
    return next((one for one in providers() if one.issuer == issuer), None)
