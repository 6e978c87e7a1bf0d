"""What the erasure of an account takes with it; `accounts.erase_account` puts it together."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, JSONField, Q, TextField, Value
from django.utils import timezone

from users.errors import AccountErased
from users.models import Event, KeptAnswer, User
from users.services import access_tokens
from users.services.credentials import id_of_unknown

# What tells of a person, in snapshots of their account and in what is told of their sign-ins.
OF_ACCOUNT = ["email", "name", "address", "user_agent", "issuer", "subject"]
OF_SIGN_INS = ["email", "address", "user_agent"]
ERASED = '{"erased": true}'  # what is left of an answer


def require_not_erased(user: User) -> None:
    """Raise AccountErased when there is nobody behind the account any more."""
    if user.erased_at:
        raise AccountErased("Nothing brings it back.")


def addresses_of(user: User) -> list[str]:
    """Return the e-mails that somebody has and had, but for those that are another's by now."""
    log = Event.objects.filter(target_type="user", target_id=user.pk)
    told = log.values_list("before__email", "after__email")
    emails = {user.email, *chain.from_iterable(told)} - {"", None}
    others = User.objects.exclude(pk=user.pk)
    return [email for email in emails if not others.filter(email__iexact=email).exists()]


def forget(actor: User, user: User) -> None:
    """Delete how somebody signed in and what was answered of them; end and blank their tokens."""
    access_tokens.revoke_all(actor=actor, user=user)
    ids = list(user.access_tokens.values_list("pk", flat=True))
    user.access_tokens.update(name="")
    take_out(["name", "address", "user_agent"], Q(target_type="accesstoken", target_id__in=ids))
    sessions = list(user.login_sessions.values_list("pk", flat=True))
    take_out(OF_SIGN_INS, Q(target_type="loginsession", target_id__in=sessions))
    identities = (user.external_identities, user.oidc_attempts)
    for kept in (user.login_sessions, user.kept_answers, *identities):
        kept.all().delete()
    user.recovery_codes.all().delete()
    if hasattr(user, "authenticator"):
        user.authenticator.delete()
    _forget_addresses(user)


def _forget_addresses(user: User) -> None:
    """Empty what others were answered of them, and whence their addresses were tried in vain.

    The keys of the answers stay, so that a repeated request still changes nothing; but for those
    that somebody made of an address.
    """
    addresses = addresses_of(user)
    KeptAnswer.objects.filter(any_of("key__icontains", addresses)).delete()
    told = [str(user.pk), *(_as_kept(address) for address in addresses)]
    KeptAnswer.objects.filter(any_of("body__icontains", told)).update(body=ERASED)
    tried = [id_of_unknown(address) for address in addresses]
    take_out(OF_SIGN_INS, Q(target_type="unknown_account", target_id__in=tried))


def _as_kept(text: str) -> str:
    """Return it as it stands within JSON: an address may hold quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


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
    take_out(OF_ACCOUNT, Q(target_type="user", target_id=user.pk))
    take_out(OF_SIGN_INS, Q(actor=user, action__startswith="sign_in."))


def any_of(lookup: str, values: Iterable[str]) -> Q:
    """Return the condition that one of the values fits; of no values none does."""
    fits = Q(pk__in=[])
    for value in values:
        fits |= Q((lookup, value))
    return fits


class _Without(Func):
    """A JSON object without some of its members."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = JSONField()


def take_out(members: list[str], events: Q) -> None:
    """Take members that tell of a person out of what the log keeps of some events."""
    names = Value(members, output_field=ArrayField(TextField()))
    Event.objects.filter(events).update(
        before=_Without(F("before"), names), after=_Without(F("after"), names)
    )
