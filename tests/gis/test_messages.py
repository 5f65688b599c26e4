"""Every refusal has its text in both languages, with what to do next where the user can do something."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from gis.errors import Refusal, messages, say

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+\Z")


def refusal_codes() -> dict[str, str]:
    """Codes given literally to Refusal(...) or refusal(...) in the source, with the file that gives them."""
    found = {}
    for folder in ("gis", "desktop", "datasets"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                    continue
                name = getattr(node.func, "id", None)
                value = node.args[0].value
                if name == "Refusal" and isinstance(value, str):
                    found[value] = str(path.relative_to(ROOT))
    return found


def test_there_are_refusals() -> None:
    assert len(refusal_codes()) > 40


@pytest.mark.parametrize("code", sorted(refusal_codes()))
def test_every_refusal_has_both_texts(code: str) -> None:
    entry = messages().get(code)
    assert entry is not None, f"{code} of {refusal_codes()[code]} has no text"
    assert entry.get("zh")
    assert entry.get("en")


@pytest.mark.parametrize("code", sorted(messages()))
def test_texts_are_whole(code: str) -> None:
    entry = messages()[code]
    assert CODE.match(code)
    assert set(entry) <= {"zh", "en", "hint_zh", "hint_en"}, code
    assert entry["zh"]
    assert entry["en"]
    assert ("hint_zh" in entry) == ("hint_en" in entry), code
    assert any("\u4e00" <= letter <= "\u9fff" for letter in entry["zh"]), code
    for text in entry.values():
        list(Formatter().parse(text))


def test_a_text_never_hides_its_refusal() -> None:
    assert "import.no_file" in messages()
    assert "{path}" in Refusal("import.no_file").message("en")
    assert Refusal("no.such_code", a=1).message("zh") == "no.such_code {'a': 1}"
    assert say("import.reading", "en") == "Reading the file"
