"""A front end at which people sign in by OpenID Connect, and what its tests look at afterwards."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.client import Client
from tests.users.oidc_provider import REDIRECT_URI, Provider
from users.models import Event, LoginSession


def depart(client: Client, **sent: Any) -> Any:
    """Begin a sign-in as a front end does."""
    asked = {"provider": "acme", "redirect_uri": REDIRECT_URI} | sent
    return client.post("/auth/oidc/authorize", asked)


def come_back(client: Client, provider: Provider) -> dict[str, str]:
    """Sign in at the provider; return what a front end comes back with."""
    begun = depart(client)
    assert begun.status_code == 200, begun.json()
    code = provider.sign_in(begun.data["authorization_url"])
    return {"state": begun.data["state"], "code": code}


def sign_in(client: Client, provider: Provider, **sent: Any) -> Any:
    """Sign in as a front end does; return the last answer."""
    return client.post("/auth/oidc/token", come_back(client, provider) | sent)


def refusal(response: Any) -> tuple[int, str]:
    """Return a refusal's status and code; it opened no session and tells no secret."""
    assert "s3cret" not in response.content.decode()
    assert "at-1" not in response.content.decode()
    assert LoginSession.objects.count() == 0
    return response.status_code, response.json()["code"]


def failures() -> list[dict[str, Any]]:
    """Return what the log tells of sign-ins that failed."""
    events = Event.objects.filter(action="sign_in.failed").order_by("id")
    return [
        {name: event.after[name] for name in ("reason", "method")} | {"kind": event.target_type}
        for event in events
        if event.after
    ]


def asked_at(url: str) -> dict[str, str]:
    """Return the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
