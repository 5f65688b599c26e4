"""Every text the window can show exists in Chinese and English."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from PySide6.QtWidgets import QLabel

import desktop
from desktop.shell.words import chinese, language, set_language, tr, worded
from gis.resources import resource

ROOT = Path(desktop.__file__).parent
# function -> which argument is the English text
SAYERS = {"tr": 0, "mark": 0, "worded": 2}
METHODS = {"add": 1}  # Actions.add(id, text, …) and BottomPanel.add(page, text, …)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            place = SAYERS.get(node.func.id)
            place = METHODS.get("add") if place is None and node.func.id == "add" else place
        elif isinstance(node.func, ast.Attribute):
            place = METHODS.get(node.func.attr)
        else:
            continue
        if place is None or len(node.args) <= place:
            continue
        for part in ast.walk(node.args[place]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield node.lineno, part.value


def all_texts() -> dict[str, str]:
    return {
        text: f"{path.relative_to(ROOT)}:{line}" for path in sorted(ROOT.rglob("*.py")) for line, text in texts_of(path)
    }


def test_the_scan_finds_texts():
    assert "Open project…" in all_texts()
    assert len(all_texts()) > 100


def test_every_text_has_its_chinese():
    missing = {text: place for text, place in all_texts().items() if text not in chinese()}
    assert not missing


def test_chinese_keeps_the_placeholders():
    for text, said in chinese().items():
        wanted = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert {name for _, name, _, _ in Formatter().parse(said) if name} == wanted, text


def test_no_text_is_translated_twice_differently():
    seen: dict[str, str] = {}
    for path in sorted(resource("translations").glob("*.toml")):
        for text, said in tomllib.loads(path.read_text("utf-8")).items():
            assert seen.setdefault(text, said) == said, f"{path.name}: {text}"


def test_a_context_is_not_shown():
    assert tr("place|Somewhere") == "Somewhere"


def test_nobody_hears_of_the_language_or_look_by_a_lambda():
    """It would outlive its widget: `words` says why."""
    wrong = re.compile(r"(words\(\)|theme\(\)|notices\(\))\.\w+\.connect\(\s*lambda")
    assert [str(path) for path in ROOT.rglob("*.py") if wrong.search(path.read_text("utf-8"))] == []


@pytest.mark.usefixtures("qapp")
def test_a_worded_text_follows_the_language():
    label = QLabel()
    worded(label, "setText", "Apply")
    try:
        set_language("en")
        assert (label.text(), language()) == ("Apply", "en")
        set_language("zh")
        assert label.text() == "应用"
    finally:
        set_language("zh")
        label.deleteLater()
