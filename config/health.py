"""Whether the process lives, and whether all that it needs answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import disk_usage
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.celery import app
from config.storages.addresses import Folder, parse
from documents.services.workers import any_alive, any_streaming


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that this process lives; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, migrations, cache, broker and a worker answer, else 503.

    With a disk that is all but full, or without the live process, where there should be one, the
    site is `degraded`: 200 all the same, for whoever reads and annotates misses nothing, uploads
    are refused by themselves, and who follows the feed may ask for it.
    """
    parts: dict[str, str] = {}
    checks = CHECKS | DISK | (STREAM if settings.LIVE_URL else {})
    for name, check in checks.items():
        # Each question waits for a connection; without a database one wait is enough.
        is_vain = name in NEED_DATABASE and parts["database"] != "ok"
        parts[name] = "not asked" if is_vain else _state(check)
    missing = {name for name, state in parts.items() if state != "ok"}
    status = "ok" if not missing else "unavailable" if missing & CHECKS.keys() else "degraded"
    return JsonResponse(
        {"status": status, "parts": parts}, status=503 if status == "unavailable" else 200
    )


def _state(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "not ready"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part is its state
        return type(error).__name__


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _cache() -> bool:
    key = f"readyz:{uuid4().hex}"
    cache.set(key, key, 5)
    return bool(cache.get(key) == key)


def _broker() -> bool:
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
        return bool(broker.connected)


def _worker() -> bool:
    return any_alive()


def _disk() -> bool:
    return free_bytes() >= settings.DISK_MIN_FREE_BYTES


def free_bytes() -> int:
    """Return how many bytes are free where files are kept: in VAR_DIR, and in a folder of files."""
    storage = parse(settings.STORAGE_URL)
    folders = [settings.VAR_DIR, *([Path(storage.path)] if isinstance(storage, Folder) else [])]
    return min(disk_usage(_existing(folder)).free for folder in folders)


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest above it where it is not made yet."""
    return next(each for each in (folder, *folder.parents) if each.exists())


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "broker": _broker,
    "worker": _worker,
}
DISK: dict[str, Callable[[], bool]] = {"disk": _disk}
STREAM: dict[str, Callable[[], bool]] = {"live": any_streaming}
NEED_DATABASE = frozenset({"migrations", "worker", "live"})
