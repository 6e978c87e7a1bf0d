"""Tell the apps above that documents have other texts, in the transaction that gave them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

# Each is given the ids of documents whose rows are under lock. It may add jobs, and must not wait
# for rows that others lock before those of documents.
Follower = Callable[[Collection[UUID]], None]
FOLLOWERS: list[Follower] = []


def follow_texts(follower: Follower) -> None:
    """Have a function told of every document that gets another text; once, at the start."""
    FOLLOWERS.append(follower)


def tell_of_texts(ids: Collection[UUID]) -> None:
    """Tell of (locked) documents that had a text and get another one, in the same transaction.

    To be called before `usage.charge`, under whose lock nobody waits for other rows.
    """
    for follower in FOLLOWERS if ids else ():
        follower(ids)
