"""The fonts a PDF may name without carrying them: one Latin, one Japanese, one Chinese."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Font:
    """A font as a PDF names it; its characters are those of `repertoire`, shown by `codec`.

    `width` is what to allow for a character, as a share of the font size. `definition` holds the
    PDF objects; in them `{next}` stands for the number of the one that follows.
    """

    codec: str
    repertoire: str
    width: float
    definition: tuple[str, ...]

    def can_show(self, text: str) -> bool:
        """Tell whether the font has every character of a text."""
        try:
            text.encode(self.repertoire)
        except UnicodeEncodeError:
            return False
        return True

    def encode(self, text: str) -> bytes:
        """Return the codes that show a text; raises UnicodeEncodeError for what has none."""
        return text.encode(self.codec)

    def objects(self, number: int) -> list[bytes]:
        """Return the objects that define the font, the first of which will have this number."""
        return [
            part.replace("{next}", str(number + index)).encode()
            for index, part in enumerate(self.definition, start=1)
        ]


def _asian(name: str, encoding: str, ordering: str, repertoire: str) -> Font:
    whole = (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /{encoding} "
        "/DescendantFonts [{next} 0 R] >>"
    )
    glyphs = (
        f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{name} /DW 1000 /W [1 95 500] "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering ({ordering}) /Supplement 2 >> "
        "/FontDescriptor {next} 0 R >>"
    )
    shape = (
        f"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [0 -200 1000 900] "
        "/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>"
    )
    return Font("utf-16-be", repertoire, 1.0, (whole, glyphs, shape))


LATIN = Font(
    codec="windows-1252",
    repertoire="windows-1252",
    width=0.48,
    definition=(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ),
)

FONTS = {
    "ja": _asian("HeiseiKakuGo-W5", "UniJIS-UTF16-H", "Japan1", "shift_jis"),
    "zh": _asian("STSong-Light", "UniGB-UTF16-H", "GB1", "gbk"),
}
