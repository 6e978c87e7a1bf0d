"""What the control words of RTF mean for its text."""

from __future__ import annotations


def _words(*lines: str) -> frozenset[bytes]:
    return frozenset(" ".join(lines).encode().split())


# Groups that hold no text of the document, beside those marked by `\\*`.
LEFT_OUT = _words(
    "aftncn aftnsep aftnsepc annotation atnauthor atndate atnicn atnid atnparent atnref atntime",
    "atrfend atrfstart author background bkmkend bkmkstart category colortbl comment company",
    "creatim datafield datastore do doccomm docvar factoidname falt ffdeftext ffentrymcr",
    "ffexitmcr ffformat ffhelptext ffl ffname ffstattext filetbl fldinst fname fontemb fontfile",
    "formfield ftncn ftnsep ftnsepc generator hlinkbase keywords latentstyles",
    "levelnumbers leveltext listlevel listname listoverride listoverridetable listpicture",
    "liststylename listtable manager mmathPr nonesttables nonshppict objalias objclass",
    "objdata objname objsect objtime oldcprops oldpprops oldsprops oldtprops operator panose",
    "password pgp pgptbl picprop pict pn pnseclvl pntxta pntxtb printim private",
    "protusertbl revtbl revtim rsidtbl rxe shprslt sn sp staticval subject sv",
    "tc tcn template themedata userprops wgrffmtfilter xe xmlattrname xmlattrvalue",
    "xmlnstbl xform",
)
# Groups marked by `\\*` that hold text nevertheless.
READ = _words("shpinst shptxt nesttableprops moMath moMathPara mr fldrslt")
APART = {
    b"footnote": "footnote",
    b"header": "header",
    b"headerf": "header",
    b"headerl": "header",
    b"headerr": "header",
    b"footer": "footer",
    b"footerf": "footer",
    b"footerl": "footer",
    b"footerr": "footer",
}
CHARACTERS = {
    b"bullet": "\N{BULLET}",
    b"emdash": "\N{EM DASH}",
    b"emspace": "\N{EM SPACE}",
    b"endash": "\N{EN DASH}",
    b"enspace": "\N{EN SPACE}",
    b"ldblquote": "\N{LEFT DOUBLE QUOTATION MARK}",
    b"column": "\n",
    b"line": "\n",
    b"page": "\n",
    b"lquote": "\N{LEFT SINGLE QUOTATION MARK}",
    b"ltrmark": "\N{LEFT-TO-RIGHT MARK}",
    b"qmspace": "\N{FOUR-PER-EM SPACE}",
    b"rdblquote": "\N{RIGHT DOUBLE QUOTATION MARK}",
    b"rquote": "\N{RIGHT SINGLE QUOTATION MARK}",
    b"rtlmark": "\N{RIGHT-TO-LEFT MARK}",
    b"tab": "\t",
    b"zwj": "\N{ZERO WIDTH JOINER}",
    b"zwnj": "\N{ZERO WIDTH NON-JOINER}",
}
SYMBOLS = {
    b"\\": "\\",
    b"{": "{",
    b"}": "}",
    b"~": "\N{NO-BREAK SPACE}",
    b"-": "\N{SOFT HYPHEN}",
    b"_": "\N{NON-BREAKING HYPHEN}",
}
PARAGRAPH_ENDS = _words("par sect")
# Groups whose being there says that the paragraph is in a list.
BULLETS = _words("listtext pntext")
