"""What the log tells of a request: one line of what was refused, the trace of what broke."""

from __future__ import annotations

import json
import logging.config
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from celery.signals import celeryd_init, setup_logging
from django.urls import reverse
from pytest_django import Settings

from documents.tasks import forget_old_uploads, process_document
from tests.client import Client
from tests.factories import UserFactory
from tests.staff import Staff

pytestmark = pytest.mark.django_db
NO_DOCUMENT = UUID(int=7)
Logged = Callable[[Callable[[], Any]], str]


@pytest.fixture
def logged(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Logged:
    """Return a function that does something and returns what the site writes of it."""

    def read(do: Callable[[], Any]) -> str:
        logging.config.dictConfig(settings.LOGGING)
        capsys.readouterr()
        do()
        return capsys.readouterr().err

    return read


@pytest.fixture
def staff(db: None) -> Staff:
    return Staff(UserFactory.create(is_staff=True))


def test_what_the_admin_refuses_is_one_line(logged: Logged, staff: Staff) -> None:
    address = reverse("admin:users_user_add")
    told = logged(lambda: staff.get(address))
    assert re.fullmatch(r".* WARNING django\.request \[.*\] Forbidden .*: /admin/.*\n", told)


def test_a_host_that_is_not_ours_leaves_no_trace(logged: Logged, staff: Staff) -> None:
    told = logged(lambda: staff.http.get(reverse("admin:index"), headers={"host": "evil.example"}))
    assert "Invalid HTTP_HOST header" in told
    assert "Traceback" not in told


def test_no_line_holds_an_address_of_mail(logged: Logged) -> None:
    detail = "Key (email)=(ada.l+x@mail.example.org) already exists, says celery@host.example.org"
    told = logged(lambda: logging.getLogger("x").error(detail))
    assert told.endswith("Key (email)=(…@…) already exists, says celery@host.example.org\n")


def test_json_tells_of_the_user_that_is_known(
    logged: Logged, settings: Settings, monkeypatch: pytest.MonkeyPatch, stranger: Client
) -> None:
    monkeypatch.setitem(settings.LOGGING["handlers"]["stderr"], "formatter", "json")
    told = logged(lambda: stranger.get("/projects/nothing", X_Request_ID="call-7"))
    line = json.loads(told)
    assert (line["level"], line["logger"], line["request_id"]) == (
        "WARNING",
        "django.request",
        "call-7",
    )
    assert "user_id" not in line  # no route, hence nobody was asked for
    told = logged(lambda: stranger.patch("/users/me", {}))
    assert json.loads(told)["user_id"] == str(stranger.person.pk)


def test_json_tells_of_the_user_of_a_session(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, settings: Settings, staff: Staff
) -> None:
    monkeypatch.setitem(settings.LOGGING["handlers"]["stderr"], "formatter", "json")
    told = logged(lambda: staff.get(reverse("admin:users_user_add")))
    assert json.loads(told)["user_id"] == str(staff.user.pk)


def test_json_is_one_line_with_its_trace(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setitem(settings.LOGGING["handlers"]["stderr"], "formatter", "json")
    broken = ValueError("ada@example.org\n\udcff")
    told = logged(lambda: logging.getLogger("x").error("Broken\n", exc_info=broken))
    (line,) = told.splitlines()
    assert json.loads(line)["trace"] == "ValueError: …@…\n\udcff"
    assert "request_id" not in line


def test_a_task_is_told_of_with_its_ids(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setitem(settings.LOGGING["handlers"]["stderr"], "formatter", "json")
    told = logged(lambda: process_document.apply((str(NO_DOCUMENT),), task_id="task-9"))
    line = json.loads(told)
    assert (line["request_id"], line["document_id"]) == ("task-9", str(NO_DOCUMENT))
    assert re.fullmatch(r"documents\.process_document took \d+ ms", line["message"])
    assert logged(forget_old_uploads.apply) == ""


def test_celery_leaves_the_log_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = list(logging.getLogger().handlers)
    assert setup_logging.send(None)
    assert logging.getLogger().handlers == handlers


def test_warnings_of_a_worker_are_lines_of_its_log(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured: list[bool] = []
    monkeypatch.setattr("logging.captureWarnings", captured.append)
    for settings.LOG_FORMAT in ("line", "json"):
        celeryd_init.send(None)
    assert captured == [True]


@pytest.mark.parametrize("told_with", [{"status_code": 500}, {}])
def test_what_broke_keeps_its_trace(logged: Logged, told_with: dict[str, int]) -> None:
    broken = ZeroDivisionError("by nought")
    logger = logging.getLogger("django.request")
    told = logged(lambda: logger.error("Broken", exc_info=broken, extra=told_with))
    assert told.endswith("Broken\nZeroDivisionError: by nought\n")
