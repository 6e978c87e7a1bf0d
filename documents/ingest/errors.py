"""What can go wrong while a file is turned into text, as stable codes."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """A published reason why a file gave no text; a code never changes its meaning."""

    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    EMPTY_FILE = "empty_file"
    NO_TEXT_FOUND = "no_text_found"
    TOO_LARGE = "too_large"
    UNDECODABLE_TEXT = "undecodable_text"
    PDF_ENCRYPTED = "pdf_encrypted"
    PDF_BROKEN = "pdf_broken"
    DOCX_ENCRYPTED = "docx_encrypted"
    DOCX_BROKEN = "docx_broken"
    ODT_ENCRYPTED = "odt_encrypted"
    ODT_BROKEN = "odt_broken"
    EPUB_ENCRYPTED = "epub_encrypted"
    EPUB_BROKEN = "epub_broken"
    RTF_BROKEN = "rtf_broken"
    EML_BROKEN = "eml_broken"
    IS_ARCHIVE = "is_archive"
    NESTED_ARCHIVE = "nested_archive"
    ARCHIVE_ENCRYPTED = "archive_encrypted"
    ARCHIVE_UNSUPPORTED = "archive_unsupported"
    ARCHIVE_BROKEN = "archive_broken"
    PARSER_TIMEOUT = "parser_timeout"
    PARSER_OUT_OF_MEMORY = "parser_out_of_memory"
    PARSER_CRASHED = "parser_crashed"

    @property
    def explanation(self) -> str:
        """Say in one sentence what the code means."""
        return EXPLANATIONS[self]


EXPLANATIONS: dict[str, str] = {
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (
        "The content is none of plain text, Markdown, HTML, PDF, DOCX, ODT, EPUB, RTF, e-mail,"
        " CSV, TSV or JSON."
    ),
    ErrorCode.EMPTY_FILE: "The file has no bytes.",
    ErrorCode.NO_TEXT_FOUND: (
        "The file can be read but holds no text; a scan needs text recognition first."
    ),
    ErrorCode.TOO_LARGE: "The file, what it unpacks to, its pages or its text exceed a limit.",
    ErrorCode.UNDECODABLE_TEXT: "The bytes look like text, but no known encoding fits them.",
    ErrorCode.PDF_ENCRYPTED: "The PDF cannot be opened without its password.",
    ErrorCode.PDF_BROKEN: "The PDF is damaged beyond reading.",
    ErrorCode.DOCX_ENCRYPTED: "The Word document cannot be opened without its password.",
    ErrorCode.DOCX_BROKEN: "The Word document is damaged, or declares what none may declare.",
    ErrorCode.ODT_ENCRYPTED: "The OpenDocument text cannot be opened without its password.",
    ErrorCode.ODT_BROKEN: "The OpenDocument text is damaged, or declares what none may declare.",
    ErrorCode.EPUB_ENCRYPTED: "The book is encrypted, as by a seller's rights management.",
    ErrorCode.EPUB_BROKEN: "The book is damaged, or leads to files outside of itself.",
    ErrorCode.RTF_BROKEN: "The RTF is damaged or nests deeper than any program writes it.",
    ErrorCode.EML_BROKEN: "The e-mail is damaged or nests deeper than any program writes it.",
    ErrorCode.IS_ARCHIVE: (
        "The file is an archive of files: import it, and each of them becomes a document."
    ),
    ErrorCode.NESTED_ARCHIVE: "An archive, or a packed file, inside of an archive is not opened.",
    ErrorCode.ARCHIVE_ENCRYPTED: "The entry cannot be unpacked without its password.",
    ErrorCode.ARCHIVE_UNSUPPORTED: (
        "The entry is no file but a link or a device, or packed in a way that is not known."
    ),
    ErrorCode.ARCHIVE_BROKEN: "The archive, or this entry of it, is damaged.",
    ErrorCode.PARSER_TIMEOUT: "Reading the file took more time than one document may take.",
    ErrorCode.PARSER_OUT_OF_MEMORY: (
        "Reading the file took more memory than one document may take."
    ),
    ErrorCode.PARSER_CRASHED: "The process that read the file ended without an answer.",
}


class ExtractionError(Exception):
    """Say why a file gave no text: `code` for programs, `detail` for people.

    Without a detail it is the code's explanation.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = str(code)
        self.detail = detail or EXPLANATIONS.get(code, "")

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
