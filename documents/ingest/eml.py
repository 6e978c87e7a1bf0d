"""E-mail: who wrote to whom about what, then what they wrote.

The fields that people read stand first, as a block of their own. Of alternatives the plain one
is read. Attachments are named, not read: a message inside a message is another document.
"""

from __future__ import annotations

import codecs
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import default

from documents.ingest import html
from documents.ingest.charsets import declared_codec, known_codec
from documents.ingest.encoding import Decoded, decode
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction, Reading, storable, title_metadata
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import EML
from documents.ingest.plain import between_blank_lines

FIELDS = ("From", "To", "Cc", "Date", "Subject")
# Parsing a field is slow in its length; nobody's name or subject is longer.
FIELD = 10_000
NAMES = 1_500
NAME = 200
UNKNOWN = "a part is in no known encoding: its foreign characters stand as U+FFFD"
# What programs write that do not know.
NO_WORD = frozenset({"us-ascii", "ascii", "unknown-8bit"})

# Fields and file names may be in any of these, and a sealed cell can load no codec.
for codec in ("ascii", "latin_1", "iso8859_9", "gb2312", "gbk", "big5", "euc_kr", "shift_jis"):
    codecs.lookup(codec)

_DAMAGE = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(slots=True)
class _Letter:
    composer: Composer
    limits: Limits
    notes: dict[str, None] = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)
    parts: int = 0


def extract(content: bytes, limits: Limits) -> Extraction:
    """Return the fields of an e-mail and its text.

    Raises `eml_broken`, `too_large`, `parser_out_of_memory` and `no_text_found`.
    """
    letter = _Letter(Composer(limits), limits)
    try:
        message = BytesParser(policy=default).parsebytes(content)
        fields = {name: _field(message, name) for name in FIELDS}
        _write_fields(letter.composer, fields)
        bodies = list(_bodies(message, letter))
        for body in bodies:
            _write_body(body, letter)
    except _DAMAGE as error:
        detail = f"It cannot be taken apart: {type(error).__name__}."
        raise ExtractionError(ErrorCode.EML_BROKEN, detail) from error
    return Reading(
        text=letter.composer.text(),
        media_type=EML,
        extractor="python-email",
        extractor_version=platform.python_version(),
        blocks=letter.composer.blocks,
        notes=list(letter.notes),
        metadata={**title_metadata(fields["Subject"]), **_attached(letter.attachments)},
    ).extraction(limits)


def _field(message: Message, name: str) -> str:
    """Return a field on one line, as it stands in the file where it cannot be decoded."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    if len(raw) <= FIELD and name != "Date":  # which would be written anew
        # The library gives up on some fields that are not well-formed.
        with suppress(*_DAMAGE):
            raw = message[name] or ""
    return " ".join(str(raw)[:FIELD].split())


def _write_fields(composer: Composer, fields: dict[str, str]) -> None:
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    composer.write("\n".join(lines))
    composer.blocks.add("front_matter", 0, composer.length)


def _bodies(message: Message, letter: _Letter) -> Iterator[Message]:
    """Yield the parts that are the letter's text, and note the other ones' names."""
    pending = [message]
    while pending:
        part = pending.pop()
        letter.parts += 1
        letter.limits.require("archive_parts", letter.parts)
        kind = part.get_content_type()
        if part is not message and _is_attached(part):
            letter.attachments.append(_name(part))
        elif kind == "multipart/alternative":
            pending.extend(_best(part))
        elif part.is_multipart() and kind.startswith("multipart/"):
            pending.extend(reversed(_children(part)))
        elif kind in {"text/plain", "text/html"}:
            yield part
        elif part is not message:
            letter.attachments.append(_name(part))


def _is_attached(part: Message) -> bool:
    if part.get_content_maintype() in {"message", "multipart"}:
        return part.get_content_maintype() == "message"
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _best(part: Message) -> list[Message]:
    """Return the plain alternative, else the one that holds HTML, else the last."""
    children = _children(part)
    for kind in ("text/plain", "text/html"):
        for child in children:
            if child.get_content_type() == kind:
                return [child]
    return children[-1:]


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [part for part in payload if isinstance(part, Message)] if part.is_multipart() else []


def _name(part: Message) -> str:
    name = storable(part.get_filename() or part.get_content_type())[0]
    return " ".join(name.split())[:NAME]


def _attached(names: list[str]) -> dict[str, str | int]:
    if not names:
        return {}
    return {"attachment_count": len(names), "attachments": "; ".join(names)[:NAMES]}


def _write_body(part: Message, letter: _Letter) -> None:
    composer = letter.composer
    payload = part.get_payload(decode=True)
    decoded = _decoded(payload if isinstance(payload, bytes) else b"", part, letter)
    if not decoded.text.strip():
        return
    if composer.length:
        composer.write("\n\n")
    if part.get_content_type() == "text/html":
        letter.notes.update(dict.fromkeys(html.write(decoded, composer).notes))
        return
    letter.notes.update(dict.fromkeys(decoded.notes))
    text = decoded.text.replace("\r\n", "\n").strip("\n")
    start = composer.length
    composer.write(text)
    for begin, end in between_blank_lines(text):
        composer.blocks.add("paragraph", start + begin, start + end)


def _decoded(content: bytes, part: Message, letter: _Letter) -> Decoded:
    """Decode by the charset that the part names, else by what its bytes look like."""
    label = part.get_content_charset()
    codec = _codec(label, content)
    if label is None and part.get_content_type() == "text/html":
        codec = declared_codec(content)
    try:
        decoded = decode(content, codec)
    except ExtractionError:
        letter.notes[UNKNOWN] = None
        return Decoded(content.decode("ascii", "replace"), "utf_8", [])
    named = known_codec(label) if label else None
    if label and decoded.codec != named and not content.isascii():
        letter.notes[f"the charset {storable(label)[0][:50]} is unknown or wrong"] = None
    return decoded


def _codec(label: str | None, content: bytes) -> str | None:
    """Return the codec that a label asks for, unless the bytes are plainly UTF-8."""
    if label is None or label in NO_WORD:
        return None
    with suppress(UnicodeDecodeError):
        if not content.isascii() and content.decode():
            return "utf_8"
    return known_codec(label)
