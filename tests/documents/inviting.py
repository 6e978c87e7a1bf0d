"""Invitations as people come by them: made, mailed, looked at, taken up."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail

from documents.models import Invitation, Project
from tests.client import Client
from tests.documents.conftest import Working
from tests.factories import PASSWORD
from users.models import User

KIM = "kim@example.org"
INVALID = (404, "invitation_invalid")


def invite(client: Client, project: Project, role: str = "annotator", **members: Any) -> Any:
    return client.post(f"/projects/{project.pk}/invitations", {"role": role} | members)


def accept(client: Client, token: str) -> Any:
    return client.post("/invitations/accept", {"token": token})


def preview(token: str) -> Any:
    return Client().post("/invitations/preview", {"token": token})


def register(token: str, **members: Any) -> Any:
    given = {"token": token, "password": PASSWORD, "name": "Kim"} | members
    return Client().post("/invitations/register", given)


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("code")


def role_of(user: User, project: Project) -> str | None:
    return project.memberships.filter(user=user).values_list("role", flat=True).first()


def token_in(text: str) -> str:
    """Return the token of the link that a mail shows."""
    [found] = re.findall(r"^http://testserver/account/invitation#(\S+)$", text, re.MULTILINE)
    return str(found)


def the(response: Any) -> Invitation:
    found: Invitation = Invitation.objects.get(pk=response.json()["id"])
    return found


def mailed(working: Working, ask: Any) -> tuple[Any, list[Any]]:
    """Return the answer and the mails that it led to."""
    before = len(mail.outbox)
    with working():
        answer = ask()
    return answer, mail.outbox[before:]
