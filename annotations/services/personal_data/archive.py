"""All that is kept of one person, as one ZIP archive, made in flat memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder

from annotations.formats import jsonl
from annotations.services.personal_data import account, rows
from users.models import User

HELD_IN_MEMORY = 1_000_000
_LIST = "\n".join(f"{part.name:<20} {part.told}" for part in (*account.PARTS, *rows.PARTS))
README = f"""What Postil keeps of you, in UTF-8.

{_LIST}

A line of a .jsonl file is a JSON object. Offsets count Unicode code points.
"""


def archive(user: User) -> IO[bytes]:
    """Return the archive, from its beginning; it is gone once it is closed."""
    # On disk when it grows; the answer closes it.
    file = SpooledTemporaryFile(HELD_IN_MEMORY)  # noqa: SIM115
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        made.writestr("README.txt", README)
        for part in account.PARTS:
            made.writestr(part.name, _json(part.of(user)))
        for table in rows.PARTS:
            _write_lines(made, table.name, table.of(user))
    file.seek(0)
    return file


def _json(content: Any) -> str:
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2) + "\n"


def _write_lines(made: ZipFile, name: str, records: Iterable[dict[str, Any]]) -> None:
    with made.open(name, "w", force_zip64=True) as file:
        for line in jsonl.write(records):
            file.write(line)
