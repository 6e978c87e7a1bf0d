"""What runs inside a cell: read the file, give up all rights, extract, answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO

from documents.ingest import language
from documents.ingest.confinement import Steps, confine, seal
from documents.ingest.context import DEFAULT_CONTEXT, Context
from documents.ingest.encoding import preload, preload_all
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction
from documents.ingest.media_type import MIXED, READERS, WITH_CONTEXT, sniff
from documents.ingest.telling import Teller
from documents.ingest.wire import Order, encode_error, encode_extraction


def main() -> None:  # pragma: no cover - runs confined, where nothing can be measured
    """Obey the order on the command line: file on standard input, answer on standard output."""
    order = Order.decode(sys.argv[1])
    sink = sys.stdout.buffer
    if order.replies is None:
        confine(order.limits)
        context = Teller(sink).context(order)
    else:
        # Time begins anew with each page that is looked at; until then it is as bounded.
        steps = Steps(order.limits)
        context = Teller(sink, os.fdopen(order.replies, "rb"), steps).context(order)
    sink.write(answer(sys.stdin.buffer, order, seal, context))
    sink.flush()
    # Without tearing down libraries that a stranger's file has been through.
    os._exit(0)


def answer(
    source: BinaryIO, order: Order, seal: Callable[[], None], context: Context = DEFAULT_CONTEXT
) -> bytes:
    """Return the encoded outcome for a file, whatever it is; calls `seal` before parsing."""
    try:
        return encode_extraction(_extract(source, order, seal, context))
    except ExtractionError as error:
        return encode_error(error)
    except MemoryError:
        return encode_error(ExtractionError(ErrorCode.PARSER_OUT_OF_MEMORY))
    except Exception as error:  # noqa: BLE001 - hostile files find every way to fail
        detail = f"The reader failed with {type(error).__name__}."
        return encode_error(ExtractionError(ErrorCode.PARSER_CRASHED, detail))


def _extract(
    source: BinaryIO, order: Order, seal: Callable[[], None], context: Context
) -> Extraction:
    content = source.read(order.limits.file_bytes + 1)
    order.limits.require("file_bytes", len(content))
    media_type = sniff(content, markdown_name=order.markdown_name)
    if media_type.startswith("text/"):
        preload(content)
    elif media_type in MIXED:
        preload_all()
    language.preload()
    reader = import_module(READERS[media_type])
    seal()
    heeded = (context,) if media_type in WITH_CONTEXT else ()
    extraction: Extraction = reader.extract(content, order.limits, *heeded)
    return extraction
