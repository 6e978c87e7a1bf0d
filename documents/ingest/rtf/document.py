"""An RTF file as one text: the body, then notes, then headers and footers."""

from __future__ import annotations

import platform

from documents.ingest.extraction import Extraction, Reading, title_metadata
from documents.ingest.layout import Composer, Line
from documents.ingest.limits import Limits
from documents.ingest.media_type import RTF
from documents.ingest.rtf.reader import Reader
from documents.ingest.rtf.tokens import tokens

CUT = "the file ends inside of a group: its end may be missing"


def extract(content: bytes, limits: Limits) -> Extraction:
    """Return the text of an RTF file, one line for each paragraph and table row.

    Raises `rtf_broken`, `too_large` and `no_text_found`.
    """
    reader = Reader()
    closed = any(not reader.feed(token) for token in tokens(content[content.find(b"{") :]))
    composer = Composer(limits)
    composer.write_lines(reader.finish())
    notes = reader.apart["footnote"]
    composer.write_lines(Line("footnote", None, line.text) for line in notes if line.text.strip())
    for kind in ("header", "footer"):
        for found, lines in reader.furniture:
            if found == kind:
                composer.append_apart(kind, lines)
    return Reading(
        text=composer.text(),
        media_type=RTF,
        extractor="postil-rtf",
        extractor_version=platform.python_version(),
        blocks=composer.blocks,
        notes=[
            *(["hidden text left out"] if reader.has_hidden_text else []),
            *([] if closed else [CUT]),
        ],
        metadata=title_metadata(reader.title),
    ).extraction(limits)
