"""What the log tells of a request: one line of what was refused, the trace of what broke."""

from __future__ import annotations

import logging.config
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import Settings

from tests.factories import UserFactory
from tests.staff import Staff

pytestmark = pytest.mark.django_db
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


@pytest.mark.parametrize("told_with", [{"status_code": 500}, {}])
def test_what_broke_keeps_its_trace(logged: Logged, told_with: dict[str, int]) -> None:
    broken = ZeroDivisionError("by nought")
    logger = logging.getLogger("django.request")
    told = logged(lambda: logger.error("Broken", exc_info=broken, extra=told_with))
    assert told.endswith("Broken\nZeroDivisionError: by nought\n")
