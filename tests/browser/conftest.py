"""A real Chromium before the real site; tests that need it are skipped, and say so, without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.staff import browser_of
from users.models import User

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOUD = {"error", "warning"}
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser to one process, and skip what needs it where it is not installed."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is not installed"))


@pytest.fixture
def browser(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Return a running Chromium, which ends before the site does."""
    # Playwright keeps an event loop in this thread, in which the ORM would refuse to work, and
    # while it does, connections are others than before and after: they are closed with it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        started = chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield started
        started.close()
        connections.close_all()


@pytest.fixture
def open_page(live_server: Any, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a window, for a user if one is given.

    The test fails when any of its pages complained: of an error in a script, of a part that is
    missing, or of what the content security policy forbids.
    """
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in LOUD:
            complaints.append(f"{message.page and message.page.url}: {message.text}")

    def open_for(user: User | None = None, **look: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **look)
        if user:
            context.add_cookies([_session_of(user, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        return page

    yield open_for
    for context in browser.contexts:
        context.close()
    assert complaints == []


def _session_of(user: User, url: str) -> Any:
    client = browser_of(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}
