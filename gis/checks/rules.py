"""Which rules there are, how grave a breach is, and their limits: data in ``resources/checks/rules.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from gis.checks.city import City
from gis.checks.issue import SEVERITIES, Issue, Severity
from gis.errors import Language, Refusal, say
from gis.resources import resource


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers and lists of one rule, with where they come from."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """A number."""
        return float(self.values[name])

    def words(self, name: str) -> list[str]:
        """A list of words, such as classes."""
        return [str(word) for word in self.values[name]]

    def numbers(self, name: str) -> dict[str, float]:
        """Numbers by word, such as by kind."""
        return {str(key): float(value) for key, value in self.values[name].items()}


Find = Callable[[City, "Rule"], Iterator[Issue]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, what finds its breaches, and its settings. ``reads``: the classes that can break it or mend
    it when they change; empty = all classes.

    ``fields``: a breach depends on nothing but these fields of its rows; empty = on anything.
    ``around``: a breach depends on rows that refer to the changed ones or are referred to by them, so these are looked
    at too. ``whole_on``: where one of these classes changed, everything is looked at.
    """

    name: str
    find: Find
    reads: tuple[str, ...]
    around: bool = False
    whole_on: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    severity: Severity = "warning"
    limits: Limits = Limits()
    source: str = ""
    enabled: bool = True

    def title(self, language: Language) -> str:
        """The rule in a few words."""
        return say(f"checks.title_{self.name}", language)


_FOUND: dict[str, tuple[Find, tuple[str, ...], bool, tuple[str, ...], tuple[str, ...]]] = {}


def rule(
    name: str, *reads: str, around: bool = False, whole_on: tuple[str, ...] = (), fields: tuple[str, ...] = ()
) -> Callable[[Find], Find]:
    """Make a function the finder of the rule of that name; for the rest see `Rule`."""

    def register(find: Find) -> Find:
        _FOUND[name] = (find, reads, around, whole_on, fields)
        return find

    return register


def known_rules(path: Path | None = None) -> dict[str, Rule]:
    """All rules by name, in the order of the file. Raises Refusal ``checks.wrong_rules`` with the place."""
    limits = read_limits(path)
    return {name: Rule(name, *_FOUND[name], **settings) for name, settings in limits.items()}


def read_limits(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """severity, limits, source and enabled of every rule of a file. Raises Refusal ``checks.wrong_rules``."""
    for room in (
        "shapes",
        "fields",
        "links",
        "plant",
        "devices",
        "codes",
        "splicing",
        "radio",
    ):  # they register their rules
        import_module(f"gis.checks.{room}")
    path = path or resource("checks", "rules.toml")
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("checks.wrong_rules", file=path.name, key="–", reason=str(error)) from error
    made: dict[str, dict[str, Any]] = {}
    for name, entry in data.items():
        if name not in _FOUND:
            raise Refusal("checks.wrong_rules", file=path.name, key=name, reason="no such rule")
        severity = entry.pop("severity", "warning")
        if severity not in SEVERITIES:
            raise Refusal("checks.wrong_rules", file=path.name, key=f"{name}.severity", reason=str(severity))
        source, enabled = str(entry.pop("source", "")), bool(entry.pop("enabled", True))
        made[name] = {"severity": severity, "limits": Limits(entry), "source": source, "enabled": enabled}
    return made
