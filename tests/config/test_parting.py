"""What web and worker processes share: all is imported before they part, and nothing is open."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from celery.signals import worker_before_create_process

from config import gunicorn
from tests.running_site import CHECKOUT

# What a master process of gunicorn does, and then whatever a fork would break or copy.
MASTER = """
import gc, sys, threading
from config import gunicorn, wsgi
gunicorn.when_ready(None)
from django.conf import settings
from django.core.cache import cache
from django.db import connections
import django.db.backends.postgresql.base as postgresql
print(threading.active_count(), len(postgresql.DatabaseWrapper._connection_pools))
print(all(each.connection is None for each in connections.all(initialized_only=True)))
print(settings.ROOT_URLCONF in sys.modules, gc.get_freeze_count() > 100_000)
"""


@pytest.fixture
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_web_processes_part_with_all_imported_and_nothing_open() -> None:
    assert gunicorn.preload_app
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MASTER],
        cwd=CHECKOUT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == ["1 0", "True", "True True"]


@pytest.mark.usefixtures("_thawed")
def test_the_collector_leaves_alone_what_web_processes_share() -> None:
    before = gc.get_freeze_count()
    gunicorn.when_ready(None)
    assert gc.get_freeze_count() > before


@pytest.mark.usefixtures("_thawed")
def test_the_collector_leaves_alone_what_processes_of_a_worker_share() -> None:
    before = gc.get_freeze_count()
    worker_before_create_process.send(sender=None)
    assert gc.get_freeze_count() > before
