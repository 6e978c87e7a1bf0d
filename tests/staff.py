"""Staff in the admin: a signed-in browser without a screen, which presses buttons."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from documents.models import Project
from tests.factories import MembershipFactory, UserFactory
from users.models import LoginSession, Resource, User
from users.services.sign_ins import open_admin_session


def browser_of(user: User, **sign_in: Any) -> Client:
    """Return a browser in which the user has signed in to the admin."""
    browser = Client()
    browser.force_login(user)
    session: Any = browser.session
    session["login_session"] = str(open_admin_session(user=user, **sign_in).pk)
    session.save()
    return browser


class Staff:
    """One member of staff, signed in."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.http = browser_of(user)

    @classmethod
    def of(cls, project: Project, role: str) -> Staff:
        """Return new staff with a role in the project."""
        user = UserFactory.create(is_staff=True)
        MembershipFactory.create(project=project, user=user, role=role)
        return cls(user)

    @classmethod
    def superuser(cls) -> Staff:
        """Return a new superuser."""
        return cls(UserFactory.create(is_staff=True, is_superuser=True))

    @property
    def session(self) -> Any:
        """Return the row of the sign-in, as it is now in the database, to be moved in time."""
        return LoginSession.objects.filter(pk=self.http.session["login_session"])

    def get(self, address: str) -> Any:
        """Return what is at an address."""
        return self.http.get(address)

    def list_of(self, kind: str, query: str = "") -> str:
        """Return the list of a kind, given as "documents_document"; it must be there."""
        return self._shown(f"{reverse(f'admin:{kind}_changelist')}{query}")

    def page_of(self, resource: Resource, query: str = "") -> str:
        """Return the page of a resource; it must be there."""
        return self._shown(page(resource) + query)

    def _shown(self, address: str) -> str:
        response = self.get(address)
        assert response.status_code == 200, response
        shown: str = response.content.decode()
        return shown

    def step(self, resource: Resource, name: str, **sent: Any) -> list[str]:
        """Press a step's button on the page of a resource; return the messages shown next."""
        return self.messages_after(self.press(resource, name, **sent))

    def press(self, resource: Resource, name: str, **sent: Any) -> Any:
        """Press a step's button as a page with the resource's present version has it."""
        return self.http.post(address_of(resource, name), {"version": resource.version} | sent)

    def save(self, address: str, **fields: Any) -> Any:
        """Send a form."""
        return self.http.post(address, fields)

    def choose(self, kind: str, action: str, *rows: Resource, **more: Any) -> Any:
        """Choose an action for rows of a list."""
        chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
        return self.http.post(reverse(f"admin:{kind}_changelist"), chosen | more)

    def confirm(self, kind: str, action: str, *rows: Resource, **more: Any) -> list[str]:
        """Confirm an action as the page that asked has it; return the messages shown next."""
        seen = [f"{row.pk}:{row.version}" for row in rows]
        sent = {"confirmed": "yes", "seen": seen} | more
        return self.messages_after(self.choose(kind, action, *rows, **sent))

    def messages_after(self, response: Any) -> list[str]:
        """Return the messages on the page that an answer leads to."""
        assert response.status_code == 302, response
        return messages_on(self.http.get(response.url, follow=True))


def messages_on(response: Any) -> list[str]:
    """Return the messages that a page shows."""
    return [str(message) for message in response.context["messages"]]


def page(resource: Resource) -> str:
    """Return the address of a resource's page."""
    return address_of(resource, "change")


def address_of(resource: Resource, what: str) -> str:
    """Return an address that belongs to a resource."""
    kind = f"{resource._meta.app_label}_{resource._meta.model_name}"
    return reverse(f"admin:{kind}_{what}", args=[resource.pk])
