"""One site for the battery, whose parts each test runs as it needs them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.documents.receiving import Receiver, running_receiver
from tests.faults.supervised_site import SupervisedSite, supervised_site


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    """Return what the site may send webhooks to."""
    with running_receiver() as running:
        yield running


@pytest.fixture(scope="package")
def whole_site(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[SupervisedSite]:
    allowed = {"WEBHOOK_ALLOWED_HOSTS": receiver.place}
    with supervised_site(tmp_path_factory.mktemp("faults"), **allowed) as site:
        yield site


@pytest.fixture
def site(whole_site: SupervisedSite) -> Iterator[SupervisedSite]:
    """Return the site; where a test fails, what its parts have logged is shown."""
    yield whole_site
    sys.stdout.write(whole_site.told())
