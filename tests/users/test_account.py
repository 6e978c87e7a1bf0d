"""One's own account."""

from __future__ import annotations

from tests.client import Client


def test_shows_who_one_is(stranger: Client) -> None:
    response = stranger.get("/users/me")
    assert response.status_code == 200
    assert response.data["email"] == stranger.user.email  # type: ignore[union-attr]
