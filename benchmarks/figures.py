"""Figures beside their floors: what they are, how they are told and where they are kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from benchmarks.load import CLIENTS, Rate

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent.parent / "README.md"
HEAD = (
    "| work | reached | median / p99 ms | floor | of the floor | wanted |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


class Figure(NamedTuple):
    """What some work came to, what its floor came to, and which part of it is wanted."""

    work: str
    value: float
    unit: str
    floor: float | None = None
    wanted: float | None = None
    rate: Rate | None = None

    @property
    def part(self) -> float | None:
        """Return which part of its floor it reached."""
        return self.value / self.floor if self.floor else None


def row(figure: Figure) -> str:
    """Return a figure as a row of the table."""
    told = (figure.work, _value(figure), _latency(figure), _floor(figure), *_parts(figure))
    return f"| {' | '.join(told)} |"


def _value(figure: Figure) -> str:
    digits = 0 if figure.value >= 100 or figure.value == int(figure.value) else 1
    return f"{figure.value:,.{digits}f} {figure.unit}"


def _latency(figure: Figure) -> str:
    return f"{figure.rate.median_ms:.1f} / {figure.rate.p99_ms:.1f}" if figure.rate else ""


def _floor(figure: Figure) -> str:
    return f"{figure.floor:,.0f}" if figure.floor else ""


def _parts(figure: Figure) -> tuple[str, str]:
    if figure.floor is None:
        return "", "" if figure.wanted is None else f"at most {figure.wanted:g}"
    return f"{figure.part:.1%}", "" if figure.wanted is None else f"{figure.wanted:.1%}"


def keep(name: str, database: str, documents: int, figures: Sequence[Figure]) -> str:
    """Write the figures with the facts of the machine as JSON; and as a table, and return it."""
    told = [
        figure._asdict() | {"rate": figure.rate and figure.rate._asdict(), "part": figure.part}
        for figure in figures
    ]
    kept = {"machine": machine(database), "documents": documents, "figures": told}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=2) + "\n")
    table = "\n".join([HEAD, *map(row, figures)])
    (RESULTS / f"{name}.md").write_text(table + "\n")
    return table


def show(table: str) -> None:
    """Put a table into the README."""
    kept, begin, end = README.read_text(), "<!-- benchmarks -->\n", "\n<!-- /benchmarks -->"
    before, rest = kept.split(begin)
    README.write_text(f"{before}{begin}{table}{end}{rest.split(end)[1]}")


def machine(database: str) -> dict[str, Any]:
    """Return the facts of the machine."""
    with psycopg.connect(database) as connection:
        server = connection.info.server_version
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": f"{server // 10_000}.{server % 10_000}",
        "clients": CLIENTS,
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
    }
