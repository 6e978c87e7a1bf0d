"""Every setting comes from the environment and is told in .env.example; what follows from some."""

from __future__ import annotations

import ast
import os
import re
import runpy
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from environs.exceptions import EnvValidationError

from config import settings
from tests.config.test_checks import SERVED, run

CHECKOUT = Path(settings.BASE_DIR)
BLANKS = {"SECRET_KEY": SERVED["SECRET_KEY"], "ALLOWED_HOSTS": "localhost"}
BLANKS["POSTGRES_PASSWORD"] = "x"
TOLD = (CHECKOUT / ".env.example").read_text()


def calls(file: Path) -> Iterator[ast.Call]:
    """Yield every call in a module."""
    return (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


def read_by_settings() -> dict[str, Any]:
    """Return the variables that the settings read, with their defaults where these are literal."""
    found: dict[str, Any] = {}
    for call in calls(CHECKOUT / "config/settings.py"):
        if re.fullmatch(r"env\.\w+", ast.unparse(call.func)):
            name, *default = call.args
            found[ast.literal_eval(name)] = None
            with suppress(ValueError, IndexError):
                found[ast.literal_eval(name)] = ast.literal_eval(default[0])
    return found


def read_by_the_launcher() -> set[str]:
    """Return the variables that gunicorn's configuration and the launcher ask for."""
    files = [CHECKOUT / "config/gunicorn.py", *(CHECKOUT / "config/launcher").glob("*.py")]
    asked = [ast.unparse(call) for file in files for call in calls(file)]
    found = [re.fullmatch(r"[\w.]+\.get\('([A-Z_]+)'.*\)", call) for call in asked]
    return {match[1] for match in found if match}


def read_by_compose() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", (CHECKOUT / "compose.yaml").read_text()))


def examples() -> dict[str, tuple[str, str]]:
    """Return what .env.example says of each variable: (the sign before it, its value)."""
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", TOLD, re.MULTILINE)
    assert len({name for _, name, _ in lines}) == len(lines)
    return {name: (sign, value) for sign, name, value in lines}


def settings_with(**environment: str) -> dict[str, Any]:
    """Return what the settings make of an environment."""
    with patch.dict(os.environ, {**SERVED, **environment}, clear=True):
        return runpy.run_path(settings.__file__)


def test_every_variable_is_told_and_no_other() -> None:
    asked = read_by_settings().keys() | read_by_the_launcher() | read_by_compose()
    assert set(examples()) == asked
    assert len(read_by_settings()) > 25


def test_every_variable_is_explained() -> None:
    explained = re.findall(r"^# .*\n#?([A-Z_]+)=", TOLD, re.MULTILINE)
    assert explained == list(examples())


def test_the_values_shown_are_those_that_hold() -> None:
    for name, default in read_by_settings().items():
        if default not in (None, "", []) and name != "SITE_URL":
            shown = str(default).lower() if isinstance(default, bool) else str(default)
            assert examples()[name] == ("#", shown)


def test_a_mail_server_of_an_unknown_kind_is_refused_without_its_password() -> None:
    with pytest.raises(EnvValidationError, match="begin it with smtp:") as refused:
        settings_with(EMAIL_URL="carrier-pigeon://user:secret@example.org")
    assert "secret" not in str(refused.value)


def test_a_log_of_an_unknown_form_is_refused() -> None:
    with pytest.raises(EnvValidationError, match="LOG_FORMAT"):
        settings_with(LOG_FORMAT="xml")
    assert settings_with(LOG_FORMAT="json")["LOGGING"]["handlers"]["stderr"]["formatter"] == "json"


def test_metrics_are_counted_where_they_may_be_read() -> None:
    counting = "config.metrics.requests.MetricsMiddleware"
    assert counting not in settings_with()["MIDDLEWARE"]
    assert settings_with(METRICS_TOKEN="x" * 32)["MIDDLEWARE"][0] == counting


def test_what_has_no_default_is_left_blank() -> None:
    must = {name for name, (sign, value) in examples().items() if not sign and not value}
    assert must == set(BLANKS)


def test_a_filled_copy_starts() -> None:
    filled = {name: value for name, (sign, value) in examples().items() if not sign} | BLANKS
    ended = run("manage.py", "check", **filled, DATABASE_URL=SERVED["DATABASE_URL"])
    assert (ended.returncode, ended.stderr) == (0, "")


def test_all_examples_at_once_start() -> None:
    everything = {name: value for name, (_, value) in examples().items()} | BLANKS
    ended = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **everything)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_tls_closes_everything_else() -> None:
    served = settings_with()
    assert served["SECURE_SSL_REDIRECT"] is True
    assert served["SECURE_HSTS_SECONDS"] == 31_536_000
    assert (served["SESSION_COOKIE_SECURE"], served["CSRF_COOKIE_SECURE"]) == (True, True)
    assert served["SESSION_COOKIE_NAME"] == "__Host-session"
    assert served["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert served["CSRF_TRUSTED_ORIGINS"] == ["https://postil.example"]
    assert "SECURE_PROXY_SSL_HEADER" not in served


def test_trusted_proxies_tell_of_tls() -> None:
    served = settings_with(TRUSTED_PROXIES="10.0.0.1,10.0.1.0/24")
    assert served["TRUSTED_PROXIES"] == ["10.0.0.1", "10.0.1.0/24"]
    assert served["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize("address", ["smpt://u:s3cret@mail.example", "mail.example", "://"])
def test_a_strange_address_for_mail_ends_in_one_sentence(address: str) -> None:
    ended = run("manage.py", "check", **SERVED, EMAIL_URL=address)
    assert ended.returncode == 1
    assert ended.stderr == (
        'Environment variable "EMAIL_URL" invalid: begin it with smtp:, submission: or console:, '
        "as submission://user:password@host.\n"
    )


def test_connections_are_pooled_within_bounds_and_time() -> None:
    own = {"DATABASE_POOL_MIN": "2", "DATABASE_POOL_MAX": "7", "DATABASE_LOCK_TIMEOUT_MS": "9"}
    served = settings_with(**own)
    database = served["DATABASES"]["default"]
    pool = {"min_size": 2, "max_size": 7, "timeout": 5.0, "max_lifetime": 1800.0}
    assert database["OPTIONS"]["pool"] == pool | {"reconnect_timeout": 2.0}
    assert "-c statement_timeout=30000 -c lock_timeout=9 " in database["OPTIONS"]["options"]
    assert database["OPTIONS"]["prepare_threshold"] == 5
    assert database["ENGINE"] == "config.database"  # it looks at connections before they are used


def test_the_databases_address_keeps_what_it_asks_for() -> None:
    address = "postgres://postil.example/postil?sslmode=verify-full"
    options = settings_with(DATABASE_URL=address)["DATABASES"]["default"]["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert "pool" in options


def test_a_replica_is_asked_as_the_database_is_but_not_waited_for() -> None:
    address = "postgres://replica.example/postil?sslmode=verify-full"
    databases = settings_with(DATABASE_REPLICA_URL=address)["DATABASES"]
    first, second = databases["default"], databases["replica"]
    assert (second["HOST"], second["NAME"]) == ("replica.example", "postil")
    assert second["OPTIONS"]["sslmode"] == "verify-full"
    assert second["OPTIONS"]["options"] == first["OPTIONS"]["options"]
    assert second["OPTIONS"]["pool"] == first["OPTIONS"]["pool"] | {"timeout": 0.5}
    assert second["CONN_HEALTH_CHECKS"] is True
    assert "sslmode" not in first["OPTIONS"]


def test_behind_pgbouncer_no_session_keeps_state() -> None:
    database = settings_with(DATABASE_PGBOUNCER="true")["DATABASES"]["default"]
    assert database["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert database["OPTIONS"].keys().isdisjoint({"options", "prepare_threshold"})


@pytest.mark.parametrize(
    ("environment", "broker", "options"),
    [
        ({}, "filesystem:", {"data_folder_in", "data_folder_out", "control_folder"}),
        (
            {"REDIS_URL": "redis://r:6379/0"},
            "redis:",
            {"socket_timeout", "socket_connect_timeout", "visibility_timeout"},
        ),
        ({"REDIS_URL": "redis://r:6379/0", "CELERY_BROKER_URL": "amqp://q:5672//"}, "amqp:", set()),
    ],
)
def test_the_queue_is_where_it_is_told(
    environment: dict[str, str], broker: str, options: set[str]
) -> None:
    served = settings_with(**environment)
    assert served["CELERY_BROKER_URL"].startswith(broker)
    assert set(served["CELERY_BROKER_TRANSPORT_OPTIONS"]) >= options


def test_redis_is_asked_once_and_briefly() -> None:
    cache = settings_with(REDIS_URL="redis://r:6379/0")["CACHES"]["default"]
    assert cache["LOCATION"] == "redis://r:6379/0"
    assert cache["OPTIONS"]["socket_timeout"] == cache["OPTIONS"]["socket_connect_timeout"] == 0.5
    assert cache["OPTIONS"]["retry"].get_retries() == 0


def test_a_storage_may_have_a_blank_in_its_path() -> None:
    storage = settings_with(STORAGE_URL="file:///srv/a%20b")["STORAGES"]["default"]
    assert storage["OPTIONS"]["location"] == "/srv/a b"
