"""What a check has found: one issue, where it lies, and the edits that would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gis.editing.intents import Intent
from gis.errors import Language, say

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to mend an issue. ``code`` names the message that says what it does ("checks.fix_…").

    ``intent`` is None in an issue that was kept from an earlier day: whoever mends looks for the issue anew first.
    """

    code: str
    intent: Intent | None

    def text(self, language: Language) -> str:
        """What the fix does, as an order."""
        return say(self.code, language)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that breaks a rule. ``ids``: the features concerned, the one to look at first in front.

    ``key`` is the same in every run as long as the same features break the same rule; an issue that the user ignores is
    remembered by it. ``place``: project coordinates, None where a table's row has no place. ``args`` fill the message
    ``checks.<rule>``.
    """

    rule: str
    severity: Severity
    cls: str
    ids: tuple[int, ...]
    place: tuple[float, float] | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    part: str = ""  # tells several issues of one rule and feature apart, such as the field's name

    @property
    def key(self) -> str:
        """The stable name."""
        return ":".join([self.rule, self.cls, *(str(id) for id in self.ids), *([self.part] if self.part else [])])

    def text(self, language: Language) -> str:
        """What is wrong, in one sentence."""
        return say(f"checks.{self.rule}", language, **self.args)
