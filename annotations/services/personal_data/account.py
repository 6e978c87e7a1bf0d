"""What is kept of a person's account: each part small enough to be one JSON document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from users.models import User

Record = dict[str, Any]


class Part(NamedTuple):
    """A file of the archive, what a reader is told of it, and what it holds."""

    name: str
    told: str
    of: Callable[[User], Any]


def _account(user: User) -> Record:
    providers = user.external_identities.values("issuer", "subject", "created_at")
    authenticator = getattr(user, "authenticator", None)
    return {
        **user.snapshot(),
        "last_login": user.last_login,
        "second_factor_since": authenticator and authenticator.confirmed_at,
        "external_identities": list(providers.order_by("id")),
    }


def _sign_ins(user: User) -> list[Record]:
    told = ("kind", "method", "has_second_factor", "address", "user_agent")
    times = ("created_at", "authenticated_at", "seen_at", "expires_at", "ended_at")
    return list(user.login_sessions.order_by("id").values("id", *told, *times))


def _access_tokens(user: User) -> list[Record]:
    told = ("id", "name", "hint", "scope", "project_id")
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    return list(user.access_tokens.order_by("id").values(*told, *times))


def _memberships(user: User) -> list[Record]:
    rows = user.memberships.order_by("id").select_related("project")
    return [
        {
            "project": {"id": row.project_id, "name": row.project.name},
            "role": row.role,
            "since": row.created_at,
        }
        for row in rows
    ]


PARTS = (
    Part("account.json", "your account, how you sign in, and at which providers", _account),
    Part("sign_ins.json", "your sign-ins: when, from where, with what", _sign_ins),
    Part(
        "access_tokens.json",
        "your access tokens, without the tokens themselves, which are not kept",
        _access_tokens,
    ),
    Part("memberships.json", "the projects that you are in, and your role there", _memberships),
)
