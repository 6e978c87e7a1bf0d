"""Image, compose file and workflow agree with the launcher, the settings and one another."""

import re
import signal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import embedded, gunicorn
from config.launcher import instance, site
from config.launcher.child import POLITELY
from tests.config.test_settings import settings_with

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE_TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yaml").read_text()
MOST_PACKAGES = 80  # of requirements.txt
SECRETS = {"SECRET_KEY", "ALLOWED_HOSTS", "POSTGRES_PASSWORD"}


def example_names() -> set[str]:
    """Return the variables that `.env.example` lists, commented out or not."""
    example = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))


def test_compose_runs_every_part_and_what_it_stands_on() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", "web", "live", "worker", "beat"}
    assert set(OURS) == {"migrate", "web", "live", "worker", "beat"}


def test_compose_asks_only_for_variables_that_the_example_lists() -> None:
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE_TEXT)) <= example_names()


def test_compose_sets_only_variables_that_the_example_lists() -> None:
    for service in OURS.values():
        assert set(service["environment"]) <= example_names()
        assert service["env_file"] == ".env"


def test_compose_refuses_to_start_without_what_must_be_secret_or_chosen() -> None:
    asked = re.findall(r"(?<!\$)\$\{(\w+)(:\?)?", COMPOSE_TEXT)
    assert {name for name, required in asked if required} == SECRETS
    assert {name for name, required in asked if not required}.isdisjoint(SECRETS)


def test_worker_beat_and_live_run_the_same_commands_as_under_the_launcher() -> None:
    python = ["python", "-m"]
    worker, beat = SERVICES["worker"]["command"], SERVICES["beat"]["command"]
    assert worker[: len(site.WORKER) + 2] == [*python, *site.WORKER]
    assert beat[: len(site.BEAT) + 2] == [*python, *site.BEAT]
    live = SERVICES["live"]["command"]
    assert live == [*python, *site.LIVE, "--bind", "0.0.0.0:8001"]
    assert "command" not in SERVICES["web"]


def test_the_image_runs_the_same_web_server_as_the_launcher() -> None:
    command = yaml.safe_load(DOCKERFILE.rpartition("\nCMD ")[2])
    assert command == ["python", "-m", *site.WEB, "--bind", "0.0.0.0:8000"]


@pytest.mark.parametrize("name", ["web", "live", "worker", "beat"])
def test_parts_wait_for_migrations_and_services(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "redis": {"condition": "service_healthy"},
    }


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_more_rights_than_they_need(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_named_volume_is_used_and_every_used_one_named() -> None:
    mounted = {
        mount.partition(":")[0]
        for service in SERVICES.values()
        for mount in service.get("volumes", [])
    }
    assert mounted == set(COMPOSE["volumes"])


def test_only_web_and_live_are_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "web": ["127.0.0.1:${PORT:-8000}:8000"],
        "live": ["127.0.0.1:${LIVE_PORT:-8001}:8001"],
    }


def test_images_are_pinned_by_version() -> None:
    images = [SERVICES["postgres"]["image"], SERVICES["redis"]["image"]]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(images) == 4
    for image in images:
        assert re.fullmatch(r"\w+:\d+(\.\d+)+-\w+(-\w+)?", image)


def test_the_image_takes_hashed_wheels_and_does_not_run_as_root() -> None:
    extras = "-r requirements-s3.txt -r requirements-telemetry.txt"
    assert f'ARG REQUIREMENTS="{extras}"\n' in DOCKERFILE
    assert "--only-binary :all: --require-hashes $REQUIREMENTS" in DOCKERFILE
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["10001"]


def test_actions_are_pinned_by_commit_and_may_only_read() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW)
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    assert yaml.safe_load(WORKFLOW)["permissions"] == {"contents": "read"}


def test_the_web_server_believes_nobody_about_the_client() -> None:
    assert gunicorn.forwarded_allow_ips == ""
    assert gunicorn.secure_scheme_headers == {}


def test_there_are_few_packages_without_the_extras() -> None:
    pinned = re.findall(r"^[\w.-]+==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert 40 < len(pinned) <= MOST_PACKAGES


def test_the_language_model_is_the_one_that_its_notice_tells_of() -> None:
    folder = ROOT / "documents" / "ingest" / "language_model"
    told = re.findall(r"`([0-9a-f]{64})`", (folder / "NOTICE.md").read_text())
    assert told == [sha256((folder / "lid.176.ftz").read_bytes()).hexdigest()]


def seconds_given(name: str) -> int:
    """Return for how many seconds compose lets a part end by itself."""
    return int(SERVICES[name]["stop_grace_period"].removesuffix("s"))


def test_the_web_server_ends_its_requests_within_the_time_that_is_given() -> None:
    statement = settings_with()["DATABASES"]["default"]["OPTIONS"]["options"]
    longest = int(re.search(r"statement_timeout=(\d+)", statement)[1]) / 1000  # type: ignore[index]
    assert longest < gunicorn.graceful_timeout < dict(site.WEB_STOPS)[signal.SIGTERM]
    assert gunicorn.graceful_timeout < seconds_given("web")


def test_a_worker_ends_its_task_within_the_time_that_is_given() -> None:
    given = dict(site.WORKER_STOPS)[signal.SIGTERM]
    assert settings_with()["CELERY_TASK_TIME_LIMIT"] < given <= seconds_given("worker")


def test_whoever_stops_all_waits_for_every_part() -> None:
    politely = dict(POLITELY)[signal.SIGTERM]
    parts = [*dict(site.WEB_STOPS).values(), *dict(site.WORKER_STOPS).values(), politely, politely]
    assert sum(parts) + sum(dict(embedded.STOP_SIGNALS).values()) < instance.STOP_SECONDS
