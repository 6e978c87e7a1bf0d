"""Redis goes away with all that it holds, and comes back empty: it holds what may be lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.documents.receiving import Receiver
from tests.faults.listening import Hook, let_leases_of_deliveries_run_out
from tests.faults.load import working
from tests.faults.mirror import Mirror, require_whole
from tests.faults.people import Desk
from tests.faults.supervised_site import REDIS, RedisServer, SupervisedSite, redis_server
from tests.running_site import wait_for

pytestmark = [
    pytest.mark.xdist_group("faults"),
    pytest.mark.skipif(not REDIS, reason="there is no redis-server on this machine"),
]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as running:
        yield running


def sign_in(site: SupervisedSite) -> int:
    """Return how signing in with a wrong password is answered."""
    guess = {"email": "nobody@example.org", "password": "wrong horse battery"}
    return httpx.post(f"{site.api}/auth/token", json=guess, timeout=60).status_code


def is_counted(desk: Desk) -> bool:
    """Tell whether requests are counted against the general rate."""
    return "RateLimit" in desk.manager.send("GET", desk.path).headers


def test_without_redis_writes_go_on_and_guesses_do_not(
    site: SupervisedSite, receiver: Receiver, redis: RedisServer
) -> None:
    site.run(REDIS_URL=redis.url)
    with closing(Desk(site, annotators=3, curators=1)) as desk:
        mirror, hook = Mirror(desk), Hook(desk, receiver)
        with working(desk, 6, mirror) as load:
            documents = [desk.upload(desk.manager, f"{n}.txt", b"Ada.") for n in range(2)]
            load.wait_for_writes()
            assert (sign_in(site), is_counted(desk)) == (401, True)
            redis.kill()
            load.wait_for_writes()
            documents += [desk.upload(desk.manager, f"{n}.txt", b"Ada.") for n in range(2, 5)]
            assert (sign_in(site), is_counted(desk)) == (503, False)
            redis.start()
            load.wait_for_writes()
            wait_for(lambda: (sign_in(site), is_counted(desk)) == (401, True))
            let_leases_of_deliveries_run_out(site)
        wait_for(lambda: all(desk.is_ready(one) for one in documents))
        assert [writer.refused + writer.torn for writer in load.writers] == [0] * 6
        require_whole(desk, mirror)
        hook.require(mirror.events)
