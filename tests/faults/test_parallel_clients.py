"""Fifty clients write to one document at once: what they were told is what is there, once."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.faults.load import work_all
from tests.faults.mirror import Mirror, require_whole
from tests.faults.people import Desk
from tests.faults.supervised_site import SupervisedSite

pytestmark = pytest.mark.xdist_group("faults")


def test_fifty_clients_lose_nothing_and_double_nothing(site: SupervisedSite) -> None:
    site.run()
    with closing(Desk(site, annotators=6, curators=2)) as desk:
        mirror, writers = Mirror(desk), desk.people(50)
        work_all(writers, 8, mirror)
        assert all(writer.written == 8 for writer in writers)
        assert [writer.torn for writer in writers] == [0] * 50
        require_whole(desk, mirror)
        assert not desk.ledger.doubted
        assert len(desk.ledger.accepted) > 300
