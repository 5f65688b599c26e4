"""Every example of the reference compiles, and every function stands in it."""

from __future__ import annotations

import pytest

from gis.catalogue import load_catalogue
from gis.query import compile_filter
from gis.query.functions import FUNCTIONS
from gis.query.reference import CHAPTERS, Example, reference
from gis.query.relations import NAMES

EXAMPLES = [one for chapter in CHAPTERS for one in chapter.examples]


@pytest.mark.parametrize("one", EXAMPLES, ids=[one.text for one in EXAMPLES])
def test_an_example_is_understood(one: Example) -> None:
    catalogue = load_catalogue()
    assert compile_filter(one.text, catalogue[one.cls], catalogue).sql


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_reference_names_every_function_and_example(language: str) -> None:
    text = reference(language)  # type: ignore[arg-type]
    for function in FUNCTIONS:
        assert f"`{function.name}()`" in text
    for one in EXAMPLES:
        assert one.text.replace("|", "\\|") in text


def test_every_question_about_others_has_an_example() -> None:
    told = " ".join(one.text for one in EXAMPLES)
    english = {name for name in NAMES if name.isascii()} - {"touches", "avg", "mean", "min"}
    assert {name for name in english if f"{name}(" in told} == english
