"""What can go wrong while a file is turned into text, as stable codes."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """A published reason why a file gave no text; a code never changes its meaning."""

    explanation: str

    def __new__(cls, code: str, explanation: str) -> ErrorCode:
        """Keep one sentence for people beside each code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.explanation = explanation
        return member

    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        "The content is none of plain text, Markdown, HTML, PDF or DOCX.",
    )
    EMPTY_FILE = "empty_file", "The file has no bytes."
    NO_TEXT_FOUND = (
        "no_text_found",
        "The file can be read but holds no text; a scan needs text recognition first.",
    )
    TOO_LARGE = (
        "too_large",
        "The file, what it unpacks to, its pages or its text exceed a limit.",
    )
    UNDECODABLE_TEXT = (
        "undecodable_text",
        "The bytes look like text, but no known encoding fits them.",
    )
    PDF_ENCRYPTED = "pdf_encrypted", "The PDF cannot be opened without its password."
    PDF_BROKEN = "pdf_broken", "The PDF is damaged beyond reading."
    DOCX_ENCRYPTED = (
        "docx_encrypted",
        "The Word document cannot be opened without its password.",
    )
    DOCX_BROKEN = (
        "docx_broken",
        "The Word document is damaged, or declares what no Word document may.",
    )
    PARSER_TIMEOUT = (
        "parser_timeout",
        "Reading the file took more time than one document may take.",
    )
    PARSER_OUT_OF_MEMORY = (
        "parser_out_of_memory",
        "Reading the file took more memory than one document may take.",
    )
    PARSER_CRASHED = (
        "parser_crashed",
        "The process that read the file ended without an answer.",
    )


class ExtractionError(Exception):
    """Say why a file gave no text: `code` for programs, `detail` for people."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = str(code)
        self.detail = detail or ErrorCode(code).explanation

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
