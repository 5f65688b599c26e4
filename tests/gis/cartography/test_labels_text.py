from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.cartography.labels.text import fields_of, is_han, letters_of, texts_of


def column(*values: object) -> np.ndarray:
    return np.array([*values, None], object)[:-1]


@pytest.mark.parametrize(
    ("label", "fields"),
    [(None, ()), ("", ()), ("name", ("name",)), ("{name} {code}", ("name", "code")), ("{a}-{b}/{a}", ("a", "b"))],
)
def test_fields_of_a_label(label: str | None, fields: tuple[str, ...]) -> None:
    assert fields_of(label) == fields


def test_a_field_is_its_own_text() -> None:
    assert texts_of("name", {"name": column("甲", None)}, 2).tolist() == ["甲", None]


def test_values_that_are_no_texts_become_texts() -> None:
    assert texts_of("count", {"count": column(48, None, True)}, 3).tolist() == ["48", None, "True"]
    assert texts_of("{count}芯", {"count": column(48, None)}, 2).tolist() == ["48芯", None]


def test_a_template_leaves_out_the_word_whose_field_is_empty() -> None:
    words = {"name": column("光缆一", "光缆二", None, None), "fibre_count": column("48", None, "24", None)}
    assert texts_of("{name} {fibre_count}芯", words, 4).tolist() == ["光缆一 48芯", "光缆二", "24芯", None]


def test_plain_words_stay_and_never_stand_alone() -> None:
    words = {"code": column("A{1}%s", None)}
    assert texts_of("编号 {code}", words, 2).tolist() == ["编号 A{1}%s", None]


@given(st.lists(st.text(min_size=0, max_size=8), max_size=20))
def test_letters_are_told_apart_by_text(texts: list[str]) -> None:
    codes, starts = letters_of(texts)
    found = ["".join(map(chr, codes[a:b])) for a, b in pairwise(starts)]
    assert found == texts


def test_which_letters_can_be_stacked() -> None:
    assert is_han(np.array([ord(c) for c in "盐（〇𠀀aé1-"])).tolist() == [True] * 4 + [False] * 4
