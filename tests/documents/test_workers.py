"""Workers tell that they live."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from documents.models import Worker
from documents.services.workers import tell_alive, tell_gone


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_noted_and_noted_again() -> None:
    tell_alive(name="worker@one")
    long_ago = timezone.now() - timedelta(hours=1)
    Worker.objects.update(seen_at=long_ago)
    tell_alive(name="worker@one")
    tell_alive(name="worker@two")
    assert [str(worker) for worker in Worker.objects.order_by("name")] == [
        "worker@one",
        "worker@two",
    ]
    assert Worker.objects.get(name="worker@one").seen_at > long_ago


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_kept_for_children_to_inherit() -> None:
    tell_alive(name="worker@one")
    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
def test_a_refusal_of_the_database_is_logged_and_survived(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell_alive(name="n" * 256)
    assert "Could not tell that this worker lives" in caplog.text
    assert not Worker.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_stops_counts_no_more() -> None:
    tell_alive(name="worker@one")
    tell_alive(name="worker@two")
    tell_gone(name="worker@one")
    assert list(Worker.objects.values_list("name", flat=True)) == ["worker@two"]
