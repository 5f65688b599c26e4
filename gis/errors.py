"""The two kinds of error: Refusal, which the user can act on, and Fault, which is our bug."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any, Literal

from gis.resources import resource

Language = Literal["zh", "en"]


class Refusal(Exception):  # noqa: N818 - the domain's own word: the program refuses, it has not failed
    """The user's data or wish cannot be accepted; nothing was changed.

    ``code`` is stable and dotted by room ("storage.newer_version"); its text in both languages stands in
    ``resources/messages/<room>.toml``. ``args`` fill the text's ``{placeholders}``.
    """

    def __init__(self, code: str, /, **args: Any) -> None:
        super().__init__(code)
        self.code = code
        self.arguments: dict[str, Any] = args

    def message(self, language: Language = "zh") -> str:
        """What is wrong, one sentence in the user's language."""
        return _text(self.code, language, self.arguments)

    def hint(self, language: Language = "zh") -> str:
        """What the user can do next; empty when there is nothing to add."""
        return _text(self.code, f"hint_{language}", self.arguments)

    def __str__(self) -> str:
        return f"{self.code}: {self.message('en')}"


class Fault(Exception):  # noqa: N818
    """A bug of ours: logged with its context, and offered to the user as a report."""


class Cancelled(Exception):  # noqa: N818
    """The user cancelled the work; nothing was changed."""


@cache
def messages() -> dict[str, dict[str, str]]:
    """All refusal and label texts: code -> {"zh", "en", "hint_zh", "hint_en"}."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(resource("messages").glob("*.toml")):
        for room, entries in tomllib.loads(path.read_text("utf-8")).items():
            for name, entry in entries.items():
                texts[f"{room}.{name}"] = entry
    return texts


def say(code: str, language: Language = "zh", **args: Any) -> str:
    """The text of a message code in one language, for labels of history entries and notices."""
    return _text(code, language, args)


def _text(code: str, key: str, args: dict[str, Any]) -> str:
    entry = messages().get(code)
    if entry is None:
        return "" if key.startswith("hint_") else f"{code} {args}"
    try:
        return entry.get(key, "").format(**args)
    except (KeyError, IndexError, ValueError):  # a text must never hide the refusal it describes
        return entry.get(key, "")
