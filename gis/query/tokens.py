"""Cuts a filter expression into tokens, each with its place, so that an error can point at the letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gis.errors import Refusal

Kind = Literal["number", "text", "name", "operator", "end"]
_PATTERN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|“[^”]*”)
    |(?P<name>[^\W\d]\w*)
    |(?P<operator><=|>=|<>|!=|==|\|\||[=<>+\-*/(),.])
    )""",
    re.VERBOSE,
)
_FULL_WIDTH = str.maketrans("（），＝＜＞", "(),=<>")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression. ``at`` counts letters from 0; texts come without their quotes."""

    kind: Kind
    text: str
    at: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords (in any case) or operators."""
        return self.kind in ("name", "operator") and self.text.casefold() in words


def tokenize(expression: str) -> list[Token]:
    """The tokens, closed by one of kind "end". Raises Refusal ``query.wrong`` with ``at``."""
    # Full-width signs slip in from a Chinese keyboard; inside quotes they must stay.
    tokens: list[Token] = []
    at = 0
    while at < len(expression):
        if not expression[at:].strip():
            break
        found = _PATTERN.match(expression, at)
        if found is None and expression[at] in "（），＝＜＞":
            tokens.append(Token("operator", expression[at].translate(_FULL_WIDTH), at))
            at += 1
            continue
        if found is None:
            start = at + len(expression[at:]) - len(expression[at:].lstrip())
            if expression[start] in "（），＝＜＞":
                at = start
                continue
            raise Refusal("query.wrong", expression=expression, at=start + 1, found=expression[start])
        kind = found.lastgroup
        text = found[kind or 0]
        start = found.start(kind or 0)
        if kind == "text":
            quote = text[0]
            text = text[1:-1] if quote == "“" else text[1:-1].replace(quote * 2, quote)
        tokens.append(Token(kind, text, start))  # type: ignore[arg-type]
        at = found.end()
    tokens.append(Token("end", "", len(expression)))
    return tokens
