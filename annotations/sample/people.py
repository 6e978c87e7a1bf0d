"""The people of the demo: annotators and their curator, all made up, all at example.org."""

import unicodedata
from typing import NamedTuple

_GIVEN = (
    *("Ines", "Tobias", "Amélie", "Mateo", "Elif", "Haruka", "Linh", "Noor", "Priya", "Eitan"),
    *("Greta", "Samuel", "Yara", "Kwame", "Zoë", "Anders", "Mei", "Rosalía", "Devika", "Jonas"),
)
_FAMILY = (
    *("Halloran", "Brandt", "Lefèvre", "Ibáñez", "Çelik", "Morita", "Pham", "Haddad", "Nair"),
    *("Shalev", "Lindqvist", "Okafor", "Duarte", "Whitcombe", "Novák", "Asante", "Liang"),
    *("Petrov", "Rao"),
)


class Person(NamedTuple):
    """Someone with an account in the demo."""

    name: str
    email: str


def curator() -> Person:
    """Return the one who decides."""
    return Person("Margit Solberg", "margit.solberg@example.org")


def annotators(count: int) -> list[Person]:
    """Return `count` people, each with an e-mail address of their own."""
    return [_annotator(number) for number in range(count)]


def _annotator(number: int) -> Person:
    # The two counts share no divisor, so that walking both meets every pair before any twice.
    given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number % len(_FAMILY)]
    again = number // (len(_GIVEN) * len(_FAMILY))
    suffix = str(again + 1) if again else ""
    return Person(f"{given} {family}", f"{_plain(given)}.{_plain(family)}{suffix}@example.org")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
