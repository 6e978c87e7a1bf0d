"""All that is kept of one person, to be taken out."""

from annotations.services.personal_data.archive import archive

__all__ = ["archive"]
