"""Regular expressions of users which cannot hang: their work on a text is bounded before they run.

Python's engine tries all ways in which a pattern can match. Their number is counted on the parsed pattern; one whose
number grows without a bound that short texts keep is refused, as is a text too long for the pattern.
"""

from __future__ import annotations

import re
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gis.errors import Refusal

LONGEST = 200  # letters of a pattern or of what takes its place
_BUDGET = 10_000_000  # steps on one text: well under a second
_SHORT = 30  # letters; a pattern that is not safe on texts so short is of no use
_GROWN = 20_000  # letters of a result; fields hold fewer


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that may be used on texts of up to ``letters`` letters."""

    compiled: re.Pattern[str]
    letters: int

    def replaced(self, text: str, replacement: str | Callable[[re.Match[str]], str], count: int = 0) -> str:
        """The text with each match (or the first ``count``) replaced; ``\\1`` names a group.

        Raises Refusal ``bulk.pattern_slow`` for a text too long for it and ``bulk.too_long``.
        """
        if len(text) > self.letters:
            raise Refusal("bulk.pattern_slow", letters=len(text), limit=self.letters)
        length = 0

        def put(match: re.Match[str]) -> str:
            nonlocal length
            made = replacement(match) if callable(replacement) else match.expand(replacement)
            length += len(made)
            if length > _GROWN:
                raise Refusal("bulk.too_long", limit=_GROWN)
            return made

        return self.compiled.sub(put, text, count)


def pattern_of(text: str, *, regular: bool, match_case: bool = False, whole: bool = False) -> Pattern:
    """A plain text or regular expression to look for; ``whole``: it must match all of the value.

    Raises Refusal ``bulk.pattern_wrong`` (it is none), ``bulk.pattern_nested`` (its work has no bound),
    ``bulk.pattern_long``.
    """
    if len(text) > LONGEST:
        raise Refusal("bulk.pattern_long", limit=LONGEST)
    source = text if regular else re.escape(text)
    flags = re.NOFLAG if match_case else re.IGNORECASE
    try:
        tree = parser.parse(source, flags)
        compiled = re.compile(rf"\A(?:{source})\Z" if whole else source, flags)
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        raise Refusal("bulk.pattern_wrong", pattern=text, reason=str(error)) from None
    letters = _GROWN
    while letters >= _SHORT:
        if (letters + 1) * _ways(tree, letters) <= _BUDGET:
            return Pattern(compiled, letters)
        letters = letters * 3 // 4
    raise Refusal("bulk.pattern_nested", pattern=text)


def checked_replacement(pattern: Pattern, replacement: str) -> str:
    """The replacement of a regular expression, tried for groups that are not there. Raises Refusal."""
    if len(replacement) > LONGEST:
        raise Refusal("bulk.pattern_long", limit=LONGEST)
    try:
        parser.parse_template(replacement, pattern.compiled)
    except (re.error, IndexError) as error:
        raise Refusal("bulk.pattern_wrong", pattern=replacement, reason=str(error)) from None
    return replacement


def _ways(items: Iterable[Any], letters: int) -> float:
    """An upper bound of the steps over all ways in which a sequence can match at one place of a text."""
    made = 1.0
    for operation, argument in items:
        made *= _ways_of(str(operation), argument, letters)
    return made


def _ways_of(operation: str, argument: Any, letters: int) -> float:
    match operation:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, body = argument
            most = min(int(high), letters)
            if body.getwidth()[0] == 0 and int(high) > 1:
                return float("inf")  # repeats of nothing
            each = _ways(body, letters)
            if each == 1:
                return float(max(most - int(low), 0) + 1) if high != low else 1.0
            return float("inf") if most > 64 else (most + 1) * each**most
        case "BRANCH":
            return sum(_ways(branch, letters) for branch in argument[1])
        case "SUBPATTERN":
            return _ways(argument[-1], letters)
        case "ASSERT" | "ASSERT_NOT":
            return 1 + _ways(argument[1], letters)
        case "ATOMIC_GROUP":
            return _ways(argument, letters)
        case "GROUPREF_EXISTS":
            _, yes, no = argument
            return _ways(yes, letters) + (_ways(no, letters) if no else 1)
        case "GROUPREF" | "GROUPREF_IGNORE":
            return float(letters)
    return 1.0
