"""Text in pictures of pages is recognised by tesseract, or by what stands in for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from documents.ingest import Extraction, ExtractionError, Limits, extract_in_cell, process
from documents.ingest.boxes import Box, boxes
from documents.ingest.context import Boilerplate, Context, Picture
from documents.ingest.ocr import Tesseract, find_tesseract, launcher, tesseract
from documents.ingest.ocr.tesseract import Recognition
from documents.ingest.ocr.wire import MOST_DOTS, decode_head, encode_head
from documents.ingest.pdf import extract
from documents.ingest.pdf.recognised import paragraphs
from documents.ingest.telling import Teller
from documents.ingest.wire import Order
from tests.documents.ingest.fake_tesseract import (
    WORDS,
    Fake,
    fake_tesseract,
    saying,
    tsv,
)
from tests.documents.ingest.layouts import assert_sound, held
from tests.documents.ingest.pdf_files import document, lines, scanned

__all__ = ["fake_tesseract"]

FOUND = tsv(*WORDS)
DRAWN = b"10 10 100 100 re f"
INSTALLED = shutil.which("tesseract")
needs_tesseract = pytest.mark.skipif(INSTALLED is None, reason="tesseract is not installed")
Read = Callable[..., Extraction]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads a file in a cell, with what recognises text in pictures."""

    def read(content: bytes, recogniser: Tesseract | None, **limits: Any) -> Extraction:
        path = tmp_path / "file"
        path.write_bytes(content)
        with path.open("rb") as file:
            return extract_in_cell(
                file,
                file_name="",
                tesseract=recogniser,
                limits=Limits(**{"wall_seconds": 60, **limits}),
            )

    return read


def recognised(content: bytes, answer: str | ExtractionError = FOUND) -> Extraction:
    """Read a PDF here, in which each picture gets one answer."""

    def recognise(picture: Picture) -> str:
        assert len(picture.pixels) == picture.width * picture.height
        if isinstance(answer, ExtractionError):
            raise answer
        return answer

    context = Context(recognise=recognise, recogniser="tesseract 5.9.1 (eng)")
    return extract(content, Limits(), context)


# The program


@needs_tesseract
def test_a_scan_is_read(read: Read) -> None:
    page = lines("The quick brown fox jumps", "over the lazy dog.")
    extraction = read(scanned(document(page, page)), find_tesseract("eng"), memory_bytes=2**29)
    expected = "The quick brown fox jumps\nover the lazy dog."
    assert extraction.text == f"{expected}\f{expected}"
    assert extraction.extractor == "pdfium and tesseract"
    [note] = extraction.notes
    assert note.startswith("the text of 2 pages was recognised by tesseract ")
    assert_sound(extraction)
    start = extraction.text.index("brown")
    [box] = boxes(extraction.layout, start, start + 5)
    original = extract(document(page), Limits())
    [told] = boxes(original.layout, start, start + 5)
    assert all(abs(one - other) < 4 for one, other in zip(box, told, strict=True))


@needs_tesseract
def test_tesseract_is_found_with_languages_that_it_has() -> None:
    assert find_tesseract("eng") is not None
    assert find_tesseract("eng+xyz") is None


def test_it_is_asked_which_it_is_and_what_it_can(fake_tesseract: Fake) -> None:
    installed = fake_tesseract()
    assert find_tesseract("eng") == installed
    assert find_tesseract("eng+deu") == installed._replace(languages="eng+deu")
    assert find_tesseract("fra") is None
    assert installed.name == "tesseract 5.9.1 (eng)"


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\nexit 1",
        "#!/bin/sh\necho 'another program 5.9.1'",
        "#!/nowhere/sh",
    ],
)
def test_what_does_not_answer_as_tesseract_is_none(fake_tesseract: Fake, script: str) -> None:
    fake_tesseract(script=script)
    assert find_tesseract("eng") is None


def test_without_the_program_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tesseract("eng") is None


def test_its_order_crosses_unchanged() -> None:
    limits = Limits(ocr_page_seconds=3, ocr_memory_bytes=10**9)
    program, told = launcher.decode(launcher.encode(["/bin/tesseract", "-l", "eng"], limits))
    assert program == ["/bin/tesseract", "-l", "eng"]
    assert (told.cpu_seconds, told.wall_seconds, told.memory_bytes) == (3, 3, 10**9)


# The way of a picture out of the cell, and of the words back in


def test_a_page_without_text_is_read_from_its_picture(read: Read, fake_tesseract: Fake) -> None:
    extraction = read(document(lines("Shown"), DRAWN, b""), fake_tesseract())
    assert extraction.text == "Shown\fTwo word\f"
    assert extraction.extractor == "pdfium and tesseract"
    assert extraction.notes == ["the text of 1 pages was recognised by tesseract 5.9.1 (eng)"]
    assert held(extraction) == [("paragraph", None, "Shown"), ("paragraph", None, "Two word")]
    assert_sound(extraction)
    assert boxes(extraction.layout, 6, 9) == [Box(1, 72.0, 72.0, 144.0, 108.0)]


def test_without_tesseract_a_scan_has_no_text(read: Read) -> None:
    with pytest.raises(ExtractionError) as caught:
        read(document(DRAWN), None)
    assert caught.value.code == "no_text_found"
    assert "needs text recognition first" in caught.value.detail


def test_it_is_given_the_page_as_dots(read: Read, fake_tesseract: Fake, tmp_path: Path) -> None:
    answer = saying(*WORDS[:1], "5 1 1 1 1 1 300 310 300 130 96.5 $head-$given")
    program = f"read -r kind; read -r size; head=$kind-${{size% *}}; given=$8; {answer}"
    extraction = read(
        document(DRAWN), fake_tesseract(program.replace("printf '%s' '", 'printf %s "')[:-1] + '"')
    )
    assert extraction.text == "P5-2550-tessedit_create_tsv=1"


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("exit 3", "parser_crashed"),
        ("while :; do :; done", "parser_timeout"),
        ("kill -9 $$", "parser_out_of_memory"),
    ],
)
def test_a_picture_that_cannot_be_read_is_told(
    read: Read, fake_tesseract: Fake, program: str, code: str
) -> None:
    extraction = read(document(lines("Shown"), DRAWN), fake_tesseract(program), ocr_page_seconds=1)
    assert extraction.text == "Shown\f"
    assert extraction.notes == [f"text recognition gave up on 1 pages: {code}"]
    assert extraction.extractor == "pdfium"


def test_a_scan_of_which_nothing_is_recognised_says_why(read: Read, fake_tesseract: Fake) -> None:
    with pytest.raises(ExtractionError) as caught:
        read(document(DRAWN, DRAWN), fake_tesseract("exit 3"))
    assert (caught.value.code, caught.value.detail) == (
        "no_text_found",
        (
            "Text recognition found nothing either: text recognition gave up on 2 pages:"
            " parser_crashed."
        ),
    )
    with pytest.raises(ExtractionError) as caught:
        read(document(DRAWN), fake_tesseract(saying()))
    assert caught.value.detail == "Text recognition found nothing either."


@pytest.mark.parametrize("limits", [{"ocr_pages": 1}, {"ocr_seconds": 0.0001}])
def test_only_so_many_pages_are_looked_at(
    read: Read, fake_tesseract: Fake, limits: dict[str, Any]
) -> None:
    extraction = read(document(DRAWN, DRAWN, DRAWN), fake_tesseract(), **limits)
    assert extraction.text == "Two word\f\f"
    assert extraction.notes == [
        "the text of 1 pages was recognised by tesseract 5.9.1 (eng)",
        "text recognition gave up on 2 pages: too_large",
    ]


def test_pages_beyond_the_limits_are_not_even_drawn(
    read: Read, fake_tesseract: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    answer = Recognition.answer

    def noting(self: Recognition, line: bytes, cell: Any) -> bytes:
        asked.append(line)
        return answer(self, line, cell)

    monkeypatch.setattr(Recognition, "answer", noting)
    extraction = read(document(*[DRAWN] * 6, lines("Shown")), fake_tesseract(), ocr_pages=2)
    assert len(asked) == 3
    assert extraction.text.endswith("\fShown")
    assert extraction.notes[-1] == "text recognition gave up on 4 pages: too_large"


def test_a_reader_that_is_refused_more_draws_no_more() -> None:
    with pytest.raises(ExtractionError, match="gave up on 3 pages: too_large"):
        recognised(document(DRAWN, DRAWN, DRAWN), ExtractionError("too_large"))


def test_a_cell_has_no_time_for_pictures_that_nobody_looks_at(
    read: Read, fake_tesseract: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = "print('picture 1 1 300\\nx', end='', flush=True)"
    program = f"import time; [({show}, time.sleep(0.5)) for _ in range(20)]"
    monkeypatch.setattr(process, "START", program)
    limits = {"ocr_pages": 1, "ocr_page_seconds": 1, "wall_seconds": 3}
    with pytest.raises(ExtractionError) as caught:
        read(document(DRAWN), fake_tesseract(), **limits)
    assert caught.value.code == "parser_timeout"


def test_a_long_answer_arrives_whole(read: Read, fake_tesseract: Fake) -> None:
    row = "5 1 1 1 1 1 300 310 300 130 96.5 " + "x" * 200
    loop = f"n=0; while [ $n -lt 2000 ]; do n=$((n+1)); printf '%s' '{tsv(WORDS[0], row)}'; done"
    extraction = read(document(DRAWN), fake_tesseract(loop))
    assert extraction.text.count("x" * 200) == 2000


def test_reports_go_on_while_a_page_is_recognised(
    fake_tesseract: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "BEAT", 0.05)
    path = tmp_path / "file"
    path.write_bytes(document(DRAWN))
    reports: list[tuple[int, int]] = []
    slow = "n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done; " + saying(*WORDS)
    with path.open("rb") as file:
        extract_in_cell(
            file,
            file_name="",
            tesseract=fake_tesseract(slow),
            on_progress=lambda *report: reports.append(report),
            limits=Limits(wall_seconds=60),
        )
    assert len(reports) > 2


@pytest.mark.parametrize(
    "program",
    [
        "print('picture 0 9 300')",
        "print('picture 9999 9999 300')",
        "print('picture 9 9 300')",
        "print('picture x')",
    ],
)
def test_a_cell_that_sends_no_picture_has_crashed(
    read: Read, fake_tesseract: Fake, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(process, "START", program)
    with pytest.raises(ExtractionError) as caught:
        read(document(DRAWN), fake_tesseract())
    assert caught.value.code == "parser_crashed"


SEND = "import sys, time; print('picture 1 1 300\\nx', flush=True); sys.stdout.close();"


@pytest.mark.parametrize(
    ("program", "code"), [(SEND + "time.sleep(60)", "parser_timeout"), (SEND, "parser_crashed")]
)
def test_a_cell_that_does_not_listen_is_late(
    read: Read,
    fake_tesseract: Fake,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    code: str,
) -> None:
    def long_answer(*_: object) -> bytes:
        return bytes(1_000_000)

    monkeypatch.setattr(tesseract.Recognition, "answer", long_answer)
    monkeypatch.setattr(process, "START", program)
    with pytest.raises(ExtractionError) as caught:
        read(document(DRAWN), fake_tesseract(), wall_seconds=1.5)
    assert caught.value.code == code


def test_no_descriptor_is_left_open(read: Read, fake_tesseract: Fake) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    read(document(DRAWN), fake_tesseract())
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# Inside the cell


class Paused:
    def __init__(self) -> None:
        self.acts: list[str] = []

    def next(self) -> None:
        self.acts.append("next")

    def pause(self) -> None:
        self.acts.append("pause")


def test_a_picture_is_written_and_the_words_are_read() -> None:
    sink, clock = BytesIO(), Paused()
    teller = Teller(sink, BytesIO(b"words 3\n\xc3\xa9\xff"), clock)
    context = teller.context(Order(Limits(), markdown_name=False, recogniser="it"))
    assert context.recogniser == "it"
    assert context.recognise is not None
    assert context.recognise(Picture(2, 1, 300, b"ab")) == "é\ufffd"
    assert sink.getvalue() == b"picture 2 1 300\nab"
    assert clock.acts == ["pause", "next"]


def test_a_refusal_is_raised() -> None:
    teller = Teller(BytesIO(), BytesIO(b"failed parser_timeout\n"), Paused())
    with pytest.raises(ExtractionError) as caught:
        teller.recognise(Picture(1, 1, 300, b"a"))
    assert caught.value.code == "parser_timeout"


def test_without_replies_nothing_is_recognised() -> None:
    context = Teller(BytesIO()).context(Order(Limits(), markdown_name=False))
    assert (context.recognise, context.boilerplate) == (None, Boilerplate.KEEP)


def test_the_head_of_a_picture_crosses_unchanged() -> None:
    assert decode_head(encode_head(Picture(3, 4, 200, b""))) == (3, 4, 200)


def test_pages_that_show_nothing_are_not_drawn() -> None:
    with pytest.raises(ExtractionError, match="found nothing either"):
        recognised(document(b""), ExtractionError("never_asked"))
    assert recognised(document(lines("x"), b"")).text == "x\f"


def test_a_page_that_cannot_be_recognised_stays_empty() -> None:
    error = ExtractionError("parser_timeout")
    extraction = recognised(document(lines("x"), DRAWN, DRAWN), error)
    assert extraction.text == "x\f\f"
    assert extraction.notes == ["text recognition gave up on 2 pages: parser_timeout"]


def test_a_huge_page_is_drawn_with_fewer_dots() -> None:
    sizes: list[tuple[int, int, int]] = []

    def recognise(picture: Picture) -> str:
        sizes.append(picture[:3])
        return ""

    def sized(side: int) -> bytes:
        media = b"/MediaBox[0 0 %d %d]" % (side, side)
        return document(lines("x"), DRAWN).replace(b"/MediaBox[0 0 612 792]", media)

    for side in (72, 5_000, 12_000):
        extract(sized(side), Limits(), Context(recognise=recognise))
    assert sizes == [(300, 300, 300), (4931, 4931, 71)]
    assert all(width * height <= MOST_DOTS for width, height, _ in sizes)


def test_places_of_recognised_words_count_toward_the_limit() -> None:
    context = Context(recognise=lambda _: tsv(*WORDS))
    extraction = extract(document(DRAWN), Limits(geometry_bytes=10), context)
    assert extraction.text == "Two word"
    assert extraction.layout["geometry"][0]["runs"] == []
    assert len(extraction.notes) == 2


def test_a_turned_page_is_drawn_as_it_is_shown() -> None:
    content = document(lines("x"), DRAWN).replace(b"/MediaBox", b"/Rotate 90/MediaBox")
    extraction = recognised(content)
    assert extraction.layout["geometry"][1]["width"] == 792
    assert boxes(extraction.layout, 2, 5) == [Box(1, 72.0, 72.0, 144.0, 108.0)]


# Words, lines and paragraphs


def texts(*rows: str) -> list[list[str]]:
    found = paragraphs(tsv(*rows), 300, 792.0)
    return [[line.text + line.ending for line in paragraph] for paragraph in found]


def test_words_make_lines_and_lines_paragraphs() -> None:
    assert texts(
        "1 1 0 0 0 0 0 0 2550 3300 -1 ",
        "2 1 1 0 0 0 300 300 600 150 -1 ",
        "3 1 1 1 0 0 300 300 600 150 -1 ",
        *WORDS,
        "4 1 1 1 2 0 300 500 600 150 -1 ",
        "5 1 1 1 2 1 300 500 300 130 96.5 more",
        "4 1 1 2 1 0 300 900 600 150 -1 ",
        "5 1 1 2 1 1 300 900 300 130 96.5 Next one",
        "4 1 2 2 1 0 300 900 600 150 -1 ",
        "5 1 2 2 1 1 300 900 300 130 96.5 Last",
    ) == [["Two word\n", "more\n"], ["Next one\n"], ["Last"]]


@pytest.mark.parametrize(
    "row",
    [
        "5 1 1 1 1 1 300 310 300 130 29.9 dirt",
        "5 1 1 1 1 1 300 310 300 130 95  ",
        "5 1 1 1 1 1 300 310 300 130 95",
        "5 1 1 1 1 1 300 310 300 130 sure word",
        "5 1 1 1 1 1 x 310 300 130 95 word",
        "nonsense",
        "",
    ],
)
def test_what_is_no_word_is_passed_over(row: str) -> None:
    assert texts(WORDS[0], row) == []
    assert texts(WORDS[0], row, WORDS[1]) == [["Two"]]
    assert texts(row, WORDS[1]) == []


def test_scripts_without_blanks_are_joined() -> None:
    words = [
        f"5 1 1 1 1 1 {300 + 50 * n} 310 50 130 95 {word}"
        for n, word in enumerate(["日本", "語", "OK", "です"])
    ]
    assert texts(WORDS[0], *words) == [["日本語 OK です"]]


def test_a_character_has_its_share_of_its_word() -> None:
    [[line]] = paragraphs(tsv(*WORDS), 300, 792.0)
    assert (line.bottom, line.height) == (684.0, 36.0)
    assert line.runs == [(0, 720, 1080, "720 240 240 240 144 144 144 144 144")]


def test_a_word_that_is_written_leftwards_begins_at_its_right() -> None:
    [[line]] = paragraphs(tsv(WORDS[0], "5 1 1 1 1 1 300 310 300 130 96.5 שלו"), 300, 792.0)
    assert line.runs == [(0, 720, 1080, "1440 -240 -240 -240")]
