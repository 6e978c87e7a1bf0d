"""Comment as clients do, and read what they see."""

from __future__ import annotations

from typing import Any

from tests.client import Client


def write(client: Client, place: str, body: str = "Hm.", *mentions: Client, **headers: str) -> Any:
    """Begin a thread on what an address names, or reply in a thread; return the JSON made."""
    sent: dict[str, Any] = {"body": body}
    if mentions:
        sent["mentions"] = [str(one.person.pk) for one in mentions]
    response = client.post(place, sent, **headers)
    assert response.status_code == 201, response.content
    assert response["Location"].endswith(f"/api/v1/comments/{response.json()['id']}")
    return response.json()


def answer(client: Client, thread: Any, body: str = "Aha.", *mentions: Client) -> Any:
    """Reply in a thread; return the JSON made."""
    return write(client, f"/comments/{thread['id']}/replies", body, *mentions)


def seen(client: Client, path: str) -> list[str]:
    """Return what the comments in a list say."""
    response = client.get(path)
    assert response.status_code == 200, response.content
    return [one["body"] for one in response.json()["results"]]


def told(client: Client, query: str = "") -> list[tuple[str, str]]:
    """Return the kind and excerpt of each notification that somebody sees, the newest first."""
    results = client.get(f"/users/me/notifications{query}").json()["results"]
    return [(one["kind"], one["excerpt"]) for one in results]


def unread(client: Client) -> int:
    """Return how many notifications are new."""
    return int(client.get("/users/me/notifications/count").json()["unread"])


def refused(response: Any, status: int, code: str) -> Any:
    """Check how a request is refused; return the problem."""
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), problem
    return problem
