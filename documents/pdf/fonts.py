"""The letters of a document: one weight of an embedded font, with no more than it says."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from fontpkg_noto_sans import ROOT
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

#: Latin, Greek and Cyrillic, the signs of currencies, and figures of one width.
_FILE: Final = ROOT / "files" / "NotoSans[wdth,wght].ttf"
WEIGHTS: Final = {"": 400, "B": 600}
#: Stands for a letter of another script, and for signs that show nothing or turn a text round.
REPLACEMENT: Final = "\ufffd"
#: How letters are laid out beyond one after the other: not needed, and slow to cut down.
_DROPPED: Final = ("GSUB", "GPOS", "GDEF", "STAT", "MVAR", "DSIG")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def write_font(path: Path, weight: int, letters: Iterable[str]) -> None:
    """Write the font of one weight that holds these letters."""
    options = Options(layout_features=[], hinting=False, notdef_outline=True)
    options.drop_tables += _DROPPED
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(letters))
    with TTFont(_FILE, recalcTimestamp=False, lazy=True) as font:
        subsetter.subset(font)
        instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True, static=True)
        font.save(path)


def shown(text: str) -> str:
    """Give a text with the letters that the font has; what it has not is visibly replaced.

    Wide and compatible forms become the plain ones: ￥ is ¥. A sign that shows nothing or turns the
    text round is replaced too, so that nobody reads what isn't there.
    """
    return "".join(map(_shown, unicodedata.normalize("NFC", text)))


@cache
def _shown(letter: str) -> str:
    if letter in {"\n", "\t"}:
        return " "
    if unicodedata.category(letter) in _HIDDEN:
        return REPLACEMENT
    if ord(letter) in _known():
        return letter
    plain = unicodedata.normalize("NFKC", letter)
    return plain if all(ord(each) in _known() for each in plain) else REPLACEMENT


@cache
def _known() -> frozenset[int]:
    with TTFont(_FILE, lazy=True) as font:
        return frozenset(font.getBestCmap())
