"""A folder of files: each is whole, or not there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class FolderStorage(FileSystemStorage):
    """Django's, which leaves a part behind where a file cannot be written to its end.

    On a full disk each try would fill what was made free.
    """

    def _save(self, name: str, content: Any) -> str:
        try:
            return str(super()._save(name, content))  # type: ignore[misc] # the stubs leave it out
        except BaseException:
            with suppress(OSError):
                Path(self.path(name)).unlink()
            raise
