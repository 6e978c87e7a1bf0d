"""/metrics of a site with several web processes: each answers for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.faults.supervised_site import REDIS, redis_server
from tests.running_site import RunningSite, running_site

pytestmark = pytest.mark.xdist_group("seen")
METRICS_TOKEN = "only-for-tests-only-for-tests-only-for-tests"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """Return a site without traces, whose web processes part after the import."""
    folder, settings = tmp_path_factory.mktemp("counted"), {"METRICS_TOKEN": METRICS_TOKEN}
    with ExitStack() as running:
        if REDIS:
            redis = running.enter_context(redis_server(folder))
            settings |= {"REDIS_URL": redis.url, "WEB_PROCESSES": "2"}
        yield running.enter_context(running_site(folder, **settings))


def scraped(site: RunningSite) -> str:
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    answer = httpx.get(f"{site.address}/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def value(metrics: str, name: str) -> float:
    """Return the value of a sample, named as it stands there."""
    found = re.search(rf"^{re.escape(name)} (.*)$", metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


ASKED = 'postil_http_requests_total{method="GET",route="v1:projects",status="401"}'
TOOK = 'postil_http_request_duration_seconds_count{method="GET",route="v1:projects"}'


def test_requests_of_all_web_processes_are_counted_together(site: RunningSite) -> None:
    before = scraped(site)
    for _ in range(20):
        httpx.get(f"{site.api}/projects")
    after = scraped(site)
    assert value(after, ASKED) == value(before, ASKED) + 20
    assert value(after, TOOK) == value(before, TOOK) + 20
    assert value(after, 'postil_database_pool_connections{state="open"}') >= (2 if REDIS else 1)
    assert "pid=" not in after


def test_the_site_tells_where_its_work_stands(site: RunningSite) -> None:
    told = scraped(site)
    for name in ('workers{kind="worker"}', 'workers{kind="live"}'):
        assert value(told, f"postil_{name}") == 1
    questions = re.findall(r'^postil_up\{question="(\w+)"\} (.*)$', told, re.MULTILINE)
    assert len(questions) == 8
    assert {answered for _, answered in questions} == {"1.0"}
