"""Checks: rules over the city's features that find what is wrong, say where, and offer edits that mend it."""

from gis.checks.issue import Fix, Issue, Severity
from gis.checks.rules import Limits, Rule, known_rules, read_limits
from gis.checks.running import Reader, run_checks

__all__ = ["Fix", "Issue", "Limits", "Reader", "Rule", "Severity", "known_rules", "read_limits", "run_checks"]
