"""PostgreSQL stops at once in the middle of the work, and recovers."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.documents.receiving import Receiver
from tests.faults.listening import Hook, hearing, let_leases_of_deliveries_run_out
from tests.faults.load import working
from tests.faults.mirror import Mirror, require_whole
from tests.faults.people import Desk
from tests.faults.supervised_site import SupervisedSite
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("faults")


def test_a_database_that_is_restarted_loses_nothing(
    site: SupervisedSite, receiver: Receiver
) -> None:
    site.run()
    with closing(Desk(site, annotators=3, curators=1)) as desk, hearing(desk) as hearer:
        mirror, hook = Mirror(desk), Hook(desk, receiver)
        with working(desk, 6, mirror) as load:
            documents = [desk.upload(desk.manager, f"{n}.txt", b"Ada.") for n in range(4)]
            load.wait_for_writes()
            site.stop_database_at_once()
            load.wait_for_refusals()
            site.start_database()
            load.wait_for_writes()
            let_leases_of_deliveries_run_out(site)
        wait_for(lambda: all(desk.is_ready(one) for one in documents))
        require_whole(desk, mirror)
        hearer.require(mirror.events)
        hook.require(mirror.events)
