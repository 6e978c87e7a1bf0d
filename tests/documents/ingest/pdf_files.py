"""PDF files written by hand: pages of lines, odd fonts, passwords."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from contextlib import closing

import pypdfium2

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
FILE_ID = b"0123456789abcdef"


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Return a file of numbered objects, the first one being the catalogue."""
    content = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    content += b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        trailer,
        start,
    )
    return bytes(content)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(data), entries, data)


def document(
    *contents: bytes, font: bytes = HELVETICA, extra: Sequence[bytes] = (), trailer: bytes = b""
) -> bytes:
    """Return a file with a page for each content; `extra` objects come after the pages."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(contents), kids),
        font,
    ]
    for index, content in enumerate(contents):
        objects += [page(5 + 2 * index), stream(content)]
    return pdf([*objects, *extra], trailer)


def page(content: int) -> bytes:
    """Return a page that shows the object numbered `content`."""
    return (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]"
        b"/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % content
    )


def lines(*texts: str, size: int = 12, leading: int = 14) -> bytes:
    """Return a page's content: one line below the other, an empty one as a gap."""
    shown = b" ".join(b"(%b) Tj T*" % _escaped(text) if text else b"T*" for text in texts)
    return b"BT /F1 %d Tf %d TL 72 720 Td %b ET" % (size, leading, shown)


def _escaped(text: str) -> bytes:
    encoded = text.encode("cp1252")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def with_unicode_font(content: bytes, mappings: dict[int, str]) -> bytes:
    """Return a page shown in two-byte codes that `mappings` give a meaning, in UTF-16."""
    pairs = b" ".join(
        b"<%04X> <%b>" % (code, text.encode("utf_16_be", "surrogatepass").hex().encode())
        for code, text in mappings.items()
    )
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange "
        b"%d beginbfchar %b endbfchar endcmap end end" % (len(mappings), pairs)
    )
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H/ToUnicode 6 0 R"
        b"/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/FontDescriptor<</Type/FontDescriptor/FontName/Odd/Flags 4/ItalicAngle 0"
        b"/FontBBox[0 0 1000 1000]/Ascent 800/Descent -200/CapHeight 700/StemV 80>>>>]>>"
    )
    return document(content, font=font, extra=[stream(cmap)])


def encrypted(text: str, *, password: bytes) -> bytes:
    """Return a page that opens with `password`, by the oldest of the standard's ciphers."""
    owner = _rc4(hashlib.md5(_padded(b"owner")).digest()[:5], _padded(password))
    permissions = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(_padded(password) + owner + permissions + FILE_ID).digest()[:5]
    security = b"<</Filter/Standard/V 1/R 2/O<%b>/U<%b>/P -4>>" % (
        owner.hex().encode(),
        _rc4(key, PADDING).hex().encode(),
    )
    content = _rc4(_object_key(key, 5), lines(text))
    trailer = b"/Encrypt 6 0 R/ID[<%b><%b>]" % ((FILE_ID.hex().encode(),) * 2)
    return document(content, extra=[security], trailer=trailer)


def _padded(password: bytes) -> bytes:
    return (password + PADDING)[:32]


def _object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + number.to_bytes(3, "little") + bytes(2)).digest()[:10]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    other = 0
    for index in range(256):
        other = (other + state[index] + key[index % len(key)]) % 256
        state[index], state[other] = state[other], state[index]
    one = other = 0
    output = bytearray()
    for byte in data:
        one = (one + 1) % 256
        other = (other + state[one]) % 256
        state[one], state[other] = state[other], state[one]
        output.append(byte ^ state[(state[one] + state[other]) % 256])
    return bytes(output)


def scanned(content: bytes) -> bytes:
    """Return a file whose pages are pictures of another one's, as a scanner makes them."""
    with closing(pypdfium2.PdfDocument(content)) as original:
        pictures = [page.render(scale=200 / 72, grayscale=True) for page in original]
    numbers = range(3, 3 + 3 * len(pictures), 3)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pictures), kids),
    ]
    for number, picture in zip(numbers, pictures, strict=True):
        resources = b"/Resources<</XObject<</X %d 0 R>>>>/Contents %d 0 R>>" % (
            number + 2,
            number + 1,
        )
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]" + resources)
        objects.append(stream(b"612 0 0 792 0 0 cm /X Do"))
        size = b"/Width %d/Height %d" % (picture.stride, picture.height)
        kind = b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 8"
        objects.append(
            stream(zlib.compress(bytes(picture.buffer)), kind + size + b"/Filter/FlateDecode")
        )
    return pdf(objects)
