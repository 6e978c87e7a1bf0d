"""What neither types nor the import graph can say of how the house is built."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.views import APIView

from config.admin import ScopedAdmin
from config.api.throttling import RequestRate
from config.api.views import ApiViewSet
from users.authentication import TokenAuthentication
from users.permissions import SecondFactorHeld, SignInOnly, TokenScope

CHECKOUT = Path(settings.BASE_DIR)
APPS = ("users", "documents", "annotations")

# Routes

BESIDE_THE_API = {
    "",
    "account/address/<str:token>",
    "account/email/<str:token>",
    "account/forgot",
    "account/invitation",
    "account/oidc/<slug:name>/start",
    "account/oidc/callback",
    "account/oidc/code",
    "account/reset/<str:token>",
    "account/verify/<str:token>",
    "admin",
    "admin/",
    "api/docs",
    "api/schema",
    "healthz",
    "metrics",
    "readyz",
}
OPEN = {
    "email-change-confirm",
    "invitation-preview",
    "invitation-register",
    "oidc-authorize",
    "oidc-providers",
    "oidc-second-factor",
    "oidc-token",
    "password-reset",
    "password-reset-confirm",
    "register",
    "token",
    "token-refresh",
    "trust-address",
    "verify-email",
    "verify-email-resend",
}


class Route(NamedTuple):
    """A pattern of the site under its whole address."""

    address: str
    pattern: Any

    @property
    def view(self) -> Any:
        return self.pattern.callback.cls


def routes(resolver: URLResolver, address: str = "") -> Iterator[Route]:
    """Yield every route; the admin's, which has a door of its own, as one."""
    for pattern in resolver.url_patterns:
        here = address + str(pattern.pattern)
        if isinstance(pattern, URLPattern) or here == "admin/":
            yield Route(here, pattern)
        else:
            yield from routes(pattern, here)


ROUTES = list(routes(get_resolver()))
API = [route for route in ROUTES if route.address not in BESIDE_THE_API]
each_api_route = pytest.mark.parametrize("route", API, ids=[route.address for route in API])


def test_every_route_is_one_of_a_version_or_listed() -> None:
    assert {route.address for route in ROUTES} - {route.address for route in API} == BESIDE_THE_API
    for route in API:
        assert re.match(r"api/v[1-9][0-9]*/[a-z]", route.address), route.address
    assert len(API) > 25


GATE = ("initial", "finalize_response", "allowed_query_parameters", "validated", "created")


@each_api_route
def test_every_route_goes_through_the_one_gate(route: Route) -> None:
    assert issubclass(route.view, ApiViewSet)
    for step in GATE:
        assert getattr(route.view, step) is getattr(ApiViewSet, step)
    for step in ("dispatch", "handle_exception", "check_throttles", "perform_authentication"):
        assert getattr(route.view, step) is getattr(APIView, step)


@each_api_route
def test_every_route_asks_who_is_there_unless_listed(route: Route) -> None:
    asked = list(route.view.authentication_classes), route.view.permission_classes[0]
    is_open = route.pattern.name in OPEN
    assert asked == (([], AllowAny) if is_open else ([TokenAuthentication], IsAuthenticated))


WITHOUT_SECOND_FACTOR = {
    "logout",
    "logout-everywhere",
    "recovery-codes",
    "second-factor",
    "second-factor-confirm",
    "second-factor-disable",
}


@each_api_route
def test_every_route_asks_for_the_second_factor_unless_listed(route: Route) -> None:
    asks = any(issubclass(asked, SecondFactorHeld) for asked in route.view.permission_classes)
    asks = asks and getattr(route.view, "needs_second_factor", True)
    assert asks == (route.pattern.name not in OPEN | WITHOUT_SECOND_FACTOR)


@each_api_route
def test_every_route_is_limited(route: Route) -> None:
    assert list(route.view.throttle_classes) == [RequestRate]
    assert route.view.throttle_scope in settings.RATE_LIMITS


@each_api_route
def test_every_id_in_an_address_is_typed(route: Route) -> None:
    kinds = route.pattern.pattern.converters.values()
    assert all(isinstance(kind, UUIDConverter | IntConverter) for kind in kinds)
    assert not route.address.endswith("/")


# Their ids are of what belongs to a person rather than to a project.
OF_ONES_OWN = {"access-token", "device", "oidc-identity"}


@each_api_route
def test_every_action_within_a_project_names_its_permission(route: Route) -> None:
    if route.pattern.pattern.converters and route.pattern.name not in OF_ONES_OWN:
        actions = set(route.pattern.callback.actions.values())
        assert actions <= route.view.requires.keys()


@each_api_route
def test_every_route_heeds_what_the_access_token_allows(route: Route) -> None:
    asked = route.view.permission_classes
    heeds = any(issubclass(permission, (TokenScope, SignInOnly)) for permission in asked)
    assert heeds is (route.pattern.name not in OPEN)
    assert SignInOnly in asked or route.pattern.name not in OF_ONES_OWN


def test_listed_routes_are_there() -> None:
    assert {route.pattern.name for route in API} >= OPEN


def test_connections_are_pooled() -> None:
    assert settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] >= 1


def test_every_page_of_the_admin_shows_what_its_reader_may_see() -> None:
    pages = admin.site._registry.values()
    assert pages
    for page in pages:
        assert isinstance(page, ScopedAdmin), page


# Source


class Module(NamedTuple):
    """One of our modules, as text and as syntax."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """Return the room of an app, or the place in config, that the module is (in)."""
        return self.path.split("/")[1].removesuffix(".py")

    def calls(self) -> Iterator[tuple[str, str]]:
        """Yield every call of a method as (what it is called on, its name)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield ast.unparse(node.func.value), node.func.attr


def modules() -> Iterator[Module]:
    for package in ("config", *APPS):
        for file in sorted((CHECKOUT / package).rglob("*.py")):
            path = file.relative_to(CHECKOUT).as_posix()
            if "/migrations/" not in path and (text := file.read_text()):
                yield Module(path, text)


MODULES = list(modules())


def test_every_module_says_what_lives_in_it() -> None:
    for module in MODULES:
        said = ast.get_docstring(module.tree) or ""
        assert re.match(r"[A-Z`].*\.(\n\n|$)", said), module.path


def test_modules_and_functions_stay_small() -> None:
    for module in MODULES:
        is_settings = module.path == "config/settings.py"
        assert len(module.text.splitlines()) <= 300 or is_settings, module.path
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 50, (module.path, node.name)


def test_no_room_is_for_everything() -> None:
    for module in MODULES:
        names = set(module.path.removesuffix(".py").split("/"))
        assert names.isdisjoint({"utils", "helpers", "common", "core", "misc", "signals"})


# What an admin page shows beside a visible row, found by that row's own key.
BESIDE_A_VISIBLE_ROW = {("documents/admin/events.py", "Project.objects.filter")}


@pytest.mark.parametrize("room", ["views", "admin", "serializers", "filters"])
def test_every_query_of_a_page_starts_with_who_asks(room: str) -> None:
    found = {
        (module.path, f"{on}.{name}")
        for module in MODULES
        if module.room == room
        for on, name in module.calls()
        if re.search(r"\b(objects|_default_manager|_base_manager)$", on)
    }
    allowed = re.compile(r"[\w.]+\.objects\.(visible_to|none)")
    strange = {read for read in found if not allowed.fullmatch(read[1])}
    assert strange <= BESIDE_A_VISIBLE_ROW


WRITES = {
    "asave",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "execute",
    "get_or_create",
    "raw",
    "save",
    "set_password",
    "update",
    "update_or_create",
}
# Services write; so do the worker's pipeline, housekeeping, models that save themselves when told
# to, and the keeping of answers, which is part of answering.
WRITERS = {
    "services",
    "deliveries",
    "pipeline",
    "intake",
    "copying",
    "jobs",
    "tasks",
    "models",
    "pieces",
    "schema",
    "usage",
}
WRITING_MODULES = {
    "config/api/idempotency.py",
    "documents/search_index.py",
    "documents/search_queue.py",
    "documents/tallies.py",
}
NO_ROWS = {
    ("users/admin/passwords.py", "accounts.set_password"),  # a service
    ("config/admin/forms.py", "self.create"),  # what each page does by a service
    ("config/database/prepared.py", "cursor.execute"),  # whatever is prepared
    ("config/database/statistics.py", "cursor.execute"),  # ANALYZE
    ("config/api/replica.py", "cursor.execute"),  # how far the log of the database is
    ("config/celery.py", "TRANSPORT_ALIASES.update"),  # which class is meant by a name
    ("config/health.py", "cursor.execute"),  # SELECT 1
    ("config/metrics/work.py", "cursor.execute"),  # estimates
    ("config/telemetry/tracing.py", "Resource.create"),  # what spans are of
    ("config/live/hub.py", "heard.execute"),  # SELECT 1
    ("config/live/hub.py", "opened.execute"),  # LISTEN
    ("users/feed.py", "cursor.execute"),  # which transactions are over
    ("annotations/sample/annotators.py", "said.update"),
    ("annotations/sample/docx_file.py", "word.save"),
    ("documents/fingerprints.py", "sketch.update"),
    ("documents/ingest/eml.py", "letter.notes.update"),
    ("documents/ingest/epub.py", "said.update"),
    ("documents/querysets.py", "cursor.execute"),  # FOR KEY SHARE, which Django does not know
    ("config/storages/s3.py", "super().delete"),  # a file
}


def test_only_services_write() -> None:
    found = {
        (module.path, f"{on}.{name}")
        for module in MODULES
        if module.room not in WRITERS and module.path not in WRITING_MODULES
        for on, name in module.calls()
        if name in WRITES
    }
    assert found <= NO_ROWS


def test_tasks_are_sent_after_the_commit_but_by_the_sweep() -> None:
    found = {
        (module.path, name)
        for module in MODULES
        for _, name in module.calls()
        if name in {"delay", "apply_async", "send_task", "apply"}
    }
    assert found == {("config/celery.py", "apply_async"), ("documents/tasks.py", "delay")}


def test_nothing_is_declared_safe_by_hand() -> None:
    pages = [file for package in ("config", *APPS) for file in (CHECKOUT / package).rglob("*.html")]
    assert pages
    for page in pages:
        assert not re.search(r"\|\s*safe|autoescape\s+off|safeseq", page.read_text()), page
    for module in MODULES:
        assert not re.search(r"mark_safe|SafeString\(|SafeText|html_safe", module.text), module.path


# The launcher waits for the site on this machine, the live process listens there; all else asks by
# the one guarded client.
ASKS_THIS_MACHINE = {
    "config/launcher/site.py": {"socket"},
    "config/live/__main__.py": {"socket"},
    "config/launcher/up.py": {"http.client"},
}
ASKS_OTHERS = {"config/outbound/client.py": {"httpcore", "socket"}}
CLIENTS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpcore",
    "httpx",
    "httpx2",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
}


def imported(module: Module) -> set[str]:
    """Return every name that a module imports, with those of the modules around it."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_the_server_makes_requests_by_the_guarded_client_alone() -> None:
    found = {module.path: imported(module) & CLIENTS for module in MODULES}
    asking = {path: clients for path, clients in found.items() if clients}
    assert asking == ASKS_THIS_MACHINE | ASKS_OTHERS


def test_the_layers_hold() -> None:
    command = "from importlinter.cli import lint_imports_command as lint; lint()"
    ended = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
