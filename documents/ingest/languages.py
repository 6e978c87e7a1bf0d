# ruff: noqa: RUF001 - letters of other scripts are what this file is about
"""Which languages were written before Unicode, with which letters, and in which encodings."""

from __future__ import annotations

from typing import NamedTuple

from documents.ingest.letters import (
    HALF_WIDTH,
    HANGUL,
    HIRAGANA,
    KANJI,
    KATAKANA,
    SIMPLIFIED,
    TRADITIONAL,
)

LATIN, OTHER_ALPHABET, EAST_ASIAN = "latin", "other alphabet", "east asian"


class Letters(NamedTuple):
    """Letters, the most frequent first, and how many bits the first and the last of them take."""

    letters: str
    first: float
    last: float


class Language(NamedTuple):
    """How a language is written.

    `codecs` are its encodings, the usual one first; `ascii` are the ASCII letters of its words,
    the most frequent first; `never` is what does not occur in words; `rarity` is how many bits
    more unusual than the others it is; `standard` is the codec whose leading bytes below
    `common_below` are the characters that the makers of a national standard took for the
    common ones.
    """

    kind: str
    codecs: tuple[str, ...]
    letters: tuple[Letters, ...]
    rarity: float = 0
    ascii: str = ""
    never: str = "(?!)"
    standard: str = ""
    common_below: int = 0


WESTERN = ("cp1252",)
CENTRAL = ("cp1250", "iso8859_2")
BALTIC = ("cp1257",)
CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5")
UKRAINIAN = ("cp1251", "koi8_u", "cp866", "iso8859_5")


def _latin(
    letters: str,
    ascii_letters: str,
    codecs: tuple[str, ...],
    rarity: float = 0,
    never: str = "(?!)",
) -> Language:
    return Language(LATIN, codecs, (Letters(letters, 5.5, 8.5),), rarity, ascii_letters, never)


def _alphabet(
    letters: str, codecs: tuple[str, ...], rarity: float = 0, never: str = "(?!)"
) -> Language:
    found = (Letters(letters, 3.3, 9),)
    return Language(OTHER_ALPHABET, codecs, found, rarity + 1, never=never)


# What no Cyrillic word has: it cannot begin with some letters, nor some follow each other.
_NEVER_CYRILLIC = r"\b[ьъы]|[ьъ][аоуыэьъ]|й[аьъыэюий]|[аеиоуыэюя]{4}|[бвгджзклмнпрстфхцчшщ]{5}"
_NEVER_THAI = r"(?<![ก-ฮ])[ัิีึืุู็]|(?<![ก-ฮัิีึืุู])[่้๊๋์]|[เแโใไ](?![ก-ฮ])|(?<![ก-ฮ่้๊๋าั])[ะาำ]"
_NEVER_ARABIC = r"[ةى]\B|\b[ءؤئى]"
# Where two are equally likely, the earlier one is taken.
LANGUAGES = (
    _latin("éàèêçôâîùûœïëüæÿ", "ertisanocmlpudgvfbhqjxyzkw", WESTERN),  # French
    _latin("üäößé", "ernthsglficbudkamwzpvojqyx", WESTERN),  # German, with guests
    _latin("óíáéñúüº¿¡ª", "aisnecortmlpdubgvfqhzxjykw", WESTERN),  # Spanish
    _latin("ãéçáíêóúõàâôºª", "oaisernctmlpduvgbfhjxzqkyw", WESTERN),  # Portuguese
    _latin("éóàíèòçúïü·ùì", "isacerntmploudgbfqxvhjzykw", WESTERN),  # Catalan, Italian
    _latin("åäöé", "rntsealgfdvpkmihobjucyxwzq", WESTERN),  # Swedish, Finnish
    _latin("åæøé", "erstngdlpfkvmoibhajuycxwz", WESTERN),  # Danish, Norwegian
    _latin("ðíáþóæöúéý", "arinstluemgfkvhjdbopyxzc", WESTERN, 0, r"þ\b|\bð"),  # Icelandic
    _latin(
        "éüäáöíóèñçàåøßæêâôãúëïîûùìòõ", "etaoinsrhldcumfpgwybvkxjqz", WESTERN, 4
    ),  # names of many countries
    _latin("łężąóśćńź", "iaeozwscyrndkptmjublghfvqx", CENTRAL, 1),  # Polish
    _latin("íáěžřéčšýůúňďťó", "enotavlmskdipruchzjbyfgxwq", CENTRAL, 1),  # Czech
    _latin("ážčýíšéúťľôďňóäĺŕ", "oeanirtvksmplduhczjybfgxw", CENTRAL, 1),  # Slovak
    _latin("éáöóőüíúű", "etslnrkazmgiobvydjhpufcxw", CENTRAL, 1),  # Hungarian
    _latin("ăşîţâ", "inaertcusolpdmfvgbzjhxky", CENTRAL, 1),  # Romanian
    _latin("ščžćđ", "aeionturvjmklpsdzgbhcf", CENTRAL, 1),  # Croatian, Slovene
    _latin("äõüöšž", "aeistulnkmdorvhjpgbf", BALTIC, 2),  # Estonian
    _latin("āīēšūņļžķģč", "aisterukmnldpvojzbgcfh", BALTIC, 2),  # Latvian
    _latin("ėųšžąįūčę", "iastnerokumldpvjgybczfh", BALTIC, 2),  # Lithuanian
    _latin("ıüşçğöâîû", "anelrikdmytsuobzgchpvfjxwq", ("cp1254",), 1, r"\bğ"),  # Turkish
    _latin(
        "\u0301\u0300đưô\u0323êơâ\u0309ă\u0303",
        "nhctigmuvlpbyrakosdqxefj",
        ("cp1258",),
        2,
        r"(?<![aeiouyăâêôơư])[\u0300-\u0323]",
    ),  # Vietnamese
    _alphabet("оеаинтсрвлкмдпуяыгьбзчйжхшюцэщфёъ", CYRILLIC, 0, _NEVER_CYRILLIC),  # Russian
    _alphabet("оаніивтерскудлмпзяьбгйчцхжїюшщєфґ", UKRAINIAN, 1, _NEVER_CYRILLIC),
    _alphabet("аоеитнсврдклмпзяъгбчущжйцхшфюь", CYRILLIC, 1, r"\bь"),  # Bulgarian
    _alphabet("аоиенрстјквудмплзбгчшцњжљћхђџф", ("cp1251", "iso8859_5"), 2),  # Serbian
    _alphabet(
        "ατοσιενρπκμηυλςίάόέγδωήχθύφώβξζψϊϋΐΰ",
        ("cp1253", "iso8859_7"),
        0,
        r"ς\B|σ\b|\b[ΐΰϊϋ]|(?<!\w)’\w",
    ),  # Greek
    _alphabet("יוהלאתרבמשנעםדכחקפסגןצזטךףץ", ("cp1255",), 0, r"[םןץףך]\B|[כמנפצ]\b"),  # Hebrew
    _alphabet("اليمنورتعبدةهفكسأقحجىشصطخذإضثزغئءظآؤ،؟ًٌٍَُِّْ", ("cp1256",), 0, _NEVER_ARABIC),  # Arabic
    _alphabet(
        "ایرندهومبتسکشلزفخگعقجحپآچطصضغظذثئكي\u200cژ", ("cp1256",), 2, _NEVER_ARABIC
    ),  # Persian
    _alphabet(
        "านรอกเง่มยลวดท้สตะัีปบหิคแจพุูขใชไืำ์โผถ็ซธณภศษญฐฟฝฎฏฆฉฬฮๆฯฒฤฑฌ", ("cp874",), 0, _NEVER_THAI
    ),  # Thai
    Language(
        EAST_ASIAN,
        ("cp932", "euc_jp"),
        (
            Letters(HIRAGANA, 5, 8),
            Letters(KATAKANA, 6, 9),
            Letters(HALF_WIDTH, 7, 10),
            Letters(KANJI, 8, 12.5),
        ),
        standard="euc_jp",
        common_below=0xD0,
    ),
    Language(
        EAST_ASIAN,
        ("gb18030",),
        (Letters(SIMPLIFIED, 7, 12.5),),
        standard="gb18030",
        common_below=0xD8,
    ),
    Language(
        EAST_ASIAN,
        ("big5hkscs",),
        (Letters(TRADITIONAL, 7, 12.5),),
        standard="big5hkscs",
        common_below=0xC9,
    ),
    Language(
        EAST_ASIAN, ("cp949",), (Letters(HANGUL, 6, 12),), standard="cp949", common_below=0xC9
    ),
)
