"""The people of the demo."""

import re

from annotations.sample.people import annotators, curator


def test_the_same_people_come_every_time() -> None:
    assert annotators(3) == annotators(50)[:3]
    assert [person.email for person in annotators(2)] == [
        "ines.halloran@example.org",
        "tobias.brandt@example.org",
    ]


def test_a_thousand_people_have_an_address_each() -> None:
    addresses = [person.email for person in [curator(), *annotators(1000)]]
    assert len(set(addresses)) == 1001
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\d*@example\.org", address) for address in addresses)


def test_the_first_people_all_have_names_of_their_own() -> None:
    assert len({person.name for person in annotators(380)}) == 380
