"""What one document may cost is set by the operator, and told in the README."""

from __future__ import annotations

import os
import re
import runpy
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from pytest_django import Settings

from config import settings as declared
from documents.ingest import Limits
from documents.limits import parser_limits, tesseract
from tests.config.test_checks import SERVED
from tests.documents.ingest.fake_tesseract import Fake, fake_tesseract

__all__ = ["fake_tesseract"]

CHECKOUT = Path(settings.BASE_DIR)


def told() -> Iterator[tuple[str, str, str]]:
    """Yield the name, default and explanation of each limit in .env.example.

    Quotas of projects are none of these: they have no defaults.
    """
    example = (CHECKOUT / ".env.example").read_text()
    blocks = re.finditer(r"((?:^# .*\n)+)^#?([A-Z_]+)=(.*)$", example, re.MULTILINE)
    for block in blocks:
        if "_MAX_" in block[2] and not block[2].startswith("PROJECT_"):
            yield block[2], block[3], block[1].replace("\n# ", " ").removeprefix("# ").strip()


def as_markdown() -> str:
    """Return the table as the README shows it."""
    rows = [("setting", "default", "what it bounds"), ("---", "---:", "---")]
    for name, default, explanation in told():
        number = float(default)
        rows.append((f"`{name}`", f"{number:,.0f}".replace(",", " "), explanation))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def test_the_readme_shows_the_limits() -> None:
    """Paste what as_markdown() returns between the two marks when .env.example changes."""
    readme = (CHECKOUT / "README.md").read_text()
    assert f"<!-- limits -->\n{as_markdown()}\n<!-- /limits -->" in readme


def test_every_limit_is_a_setting_with_its_default() -> None:
    assert {"file_bytes", *settings.PARSER_LIMITS} == {field.name for field in fields(Limits)}
    assert parser_limits() == Limits()


def test_every_setting_reaches_the_limit_that_it_is_named_after() -> None:
    """Set all to different numbers, and look where each one arrives."""
    names = [name for name, _, _ in told() if re.match("PARSER|ARCHIVE|OCR", name)]
    numbers = {name: 100 + place for place, name in enumerate(names)}
    environment = {name: str(number) for name, number in numbers.items()}
    with patch.dict(os.environ, {**SERVED, **environment}, clear=True):
        limits: dict[str, Any] = runpy.run_path(declared.__file__)["PARSER_LIMITS"]
    assert sorted(limits.values()) == sorted(numbers.values())
    assert limits["pages"] == numbers["PARSER_MAX_PAGES"]
    assert limits["archive_ratio"] == numbers["ARCHIVE_MAX_RATIO"]
    assert limits["ocr_page_seconds"] == numbers["OCR_MAX_PAGE_SECONDS"]


def test_a_worker_has_the_time_that_the_limits_grant() -> None:
    def granted(**environment: str) -> float:
        with patch.dict(os.environ, {**SERVED, **environment}, clear=True):
            limit: float = runpy.run_path(declared.__file__)["CELERY_TASK_TIME_LIMIT"]
        return limit

    assert granted() == 60
    assert granted(PARSER_MAX_SECONDS="30") == 78
    assert granted(OCR="auto", OCR_MAX_SECONDS="100", OCR_MAX_PAGE_SECONDS="9") == 169


def test_text_is_recognised_where_that_is_set_and_installed(
    settings: Settings, fake_tesseract: Fake
) -> None:
    installed = fake_tesseract()
    assert tesseract() is None
    settings.OCR = "auto"
    assert tesseract() == installed
    settings.OCR_LANGUAGES = "eng+deu"
    assert tesseract() == installed._replace(languages="eng+deu")
    settings.OCR_LANGUAGES = "fra"
    assert tesseract() is None
