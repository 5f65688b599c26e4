"""Reads given values into the stored form of a catalogue field, or says why a value does not fit.

Stored forms are those of `gis.geometry.columns.Columns`: real, integer, boolean -> float64 with NaN = null;
ref -> int64 with 0 = null; text, code, date, datetime -> object with None = null.
None, NaN, NaT and blank text mean null everywhere.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.keys import KEY_LIMIT
from gis.editing.wording import refusal, shown
from gis.errors import Refusal

TEXT_LIMIT = 4000
UNIQUE_TEXT_LIMIT = 100
YEARS = (1900, 2200)
_INTEGER_BITS = 1000
_NUMERIC = ("real", "integer", "boolean")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d\d)(\d\d))(?:[T ](.+))?\Z", re.ASCII
)
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(?:Z|[+-]\d\d:?\d\d)?\Z", re.ASCII)
# Tab and line feed may stand in a text; other controls, lone surrogates and non-characters may not.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_YES = frozenset({"是", "有", "对", "真", "yes", "y", "true", "t", "on", "1", "1.0", "√", "✓"})
_NO = frozenset({"否", "无", "没有", "不", "假", "no", "n", "false", "f", "off", "0", "0.0", "×", "✗"})

Problems = dict[int, Refusal]
#: Columns as long as this are read many values at a time.
_MANY = 500
# Letters that no other joins with and that stand for no other: NFC leaves them as they are, and says so slowly.
_COMPOSED = re.compile("[\\x00-\u02ff\u2010-\u2027\u3001-\u3029\u4e00-\u9fff\uff01-\uff5e]*\\Z")
_ONLY_NUMBERS = re.compile(r"[0-9.eE+\-\n]*\Z", re.ASCII)


def read_value(cls: FeatureClass, field: Field, value: object) -> Any:
    """One value in its stored form, null as None. Raises Refusal ``edit.*``."""
    plain = _plain(value)
    return None if plain is None else _READERS[field.type](cls, field, plain)


def read_column(cls: FeatureClass, field: Field, given: Sequence[Any] | NDArray[Any]) -> tuple[NDArray[Any], Problems]:
    """A whole column in its stored form, with what is wrong by row (those rows hold null).

    Arrays of numbers are checked at once; anything else value by value, each different text only once. Of long columns
    of text, plain numbers and plain texts are recognised many at a time.
    """
    if isinstance(given, np.ndarray) and given.dtype.kind in "fiub" and field.type in (*_NUMERIC, "ref"):
        return _numbers(cls, field, given)
    if len(given) >= _MANY:
        made = _many(cls, field, given)
        if made is not None:
            return made
    return _one_by_one(cls, field, given)


def _one_by_one(cls: FeatureClass, field: Field, given: Sequence[Any] | NDArray[Any]) -> tuple[NDArray[Any], Problems]:
    read = _READERS[field.type]
    made: list[Any] = [None] * len(given)
    problems: Problems = {}
    known: dict[str, Any] = {}
    for row, value in enumerate(given):
        if value is None:
            continue
        if type(value) is str and value in known:
            made[row] = known[value]
            continue
        try:
            plain = _plain(value)
            made[row] = None if plain is None else read(cls, field, plain)
        except Refusal as problem:
            problems[row] = problem
            continue
        if type(value) is str:
            known[value] = made[row]
    return stored(field, made), problems


def _many(cls: FeatureClass, field: Field, given: Sequence[Any] | NDArray[Any]) -> tuple[NDArray[Any], Problems] | None:
    """As `read_column` for a long column in which every value is a text or None; None where it is anything else."""
    import pandas as pd  # only for long columns: the window opens without it

    if isinstance(given, np.ndarray) and given.dtype == object:
        column = given
    else:
        column = np.empty(len(given), dtype=object)
        column[:] = list(given)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "empty":
        return _empty(field, len(column)), {}
    if kind != "string":
        return None
    if few_words(column):
        codes, words = pd.factorize(column)  # -1 where there is nothing
    else:
        there = pd.notna(column)
        codes, words = np.where(there, np.cumsum(there) - 1, -1), column[there]
    problems: Problems = {}
    read: NDArray[Any] | None
    if field.type in _NUMERIC:
        read = _plain_numbers(field, words)
        if read is not None:
            read, problems = _numbers(cls, field, read)
            problems = {number: _as_written(problem, words[number]) for number, problem in problems.items()}
    else:
        read = _plain_texts(field, words)
    if read is None:
        read, problems = _one_by_one(cls, field, words)
    wrong: Problems = {}
    if problems:
        bad = np.zeros(len(words) + 1, dtype=bool)  # the last stands for nothing, which -1 finds
        bad[list(problems)] = True
        for row in np.flatnonzero(bad[codes]).tolist():
            wrong[row] = problems[int(codes[row])]
    return np.concatenate([read, _empty(field, 1)])[codes], wrong


def few_words(column: NDArray[np.object_]) -> bool:
    """Whether a long column of texts repeats the same words, judged by a thousand of them."""
    sample = column[:: max(1, len(column) // 1000)]
    return len(set(sample.tolist())) < 0.6 * len(sample)


def _as_written(problem: Refusal, word: str) -> Refusal:
    """The refusal of a number, with the text it was read from."""
    return Refusal(problem.code, **{**problem.arguments, "value": shown(word)})


def _empty(field: Field, count: int) -> NDArray[Any]:
    return stored(field, [None] * count)


def _plain_numbers(field: Field, words: NDArray[Any]) -> NDArray[np.float64] | None:
    """Texts that are numbers and nothing else, so that what Python reads is what is written; else None."""
    if field.type == "boolean" or not _ONLY_NUMBERS.match("\n".join(words)):
        return None
    try:
        return np.fromiter(map(float, words), np.float64, len(words))
    except ValueError:
        return None


def _plain_texts(field: Field, words: NDArray[Any]) -> NDArray[np.object_] | None:
    """Texts that may be stored as they are; None where one of them has to be looked at, or the field holds no text."""
    if field.type != "text":
        return None
    whole = "".join(words)
    if _CONTROL.search(whole) or (field.unique and ("\n" in whole or "\t" in whole)):
        return None
    if not _COMPOSED.match(whole) and not unicodedata.is_normalized("NFC", "\n".join(words)):
        return None
    limit = UNIQUE_TEXT_LIMIT if field.unique else TEXT_LIMIT
    if len(words) and max(map(len, words)) > limit:
        return None
    if "\ufeff" in whole or "\u200b" in whole or "" in words or list(map(str.strip, words)) != words.tolist():
        return None
    return np.asarray(words, dtype=object)


def stored(field: Field, values: Sequence[Any]) -> NDArray[Any]:
    """Single stored values, None = null, as the array form of the field's type."""
    if field.type in _NUMERIC:
        return np.array([math.nan if v is None else v for v in values], dtype=np.float64)
    if field.type == "ref":
        return np.array([v or 0 for v in values], dtype=np.int64)
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def nulls(field: Field, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which entries of a stored column are null."""
    if field.type in _NUMERIC:
        return np.asarray(np.isnan(values))
    if field.type == "ref":
        return np.asarray(values == 0)
    return np.asarray(values == None, dtype=np.bool_)  # noqa: E711 - compared one by one, not as a whole


def differ(field: Field, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Where two stored columns of one field differ; null equals null."""
    if field.type in _NUMERIC:
        return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)))
    return np.asarray(a != b, dtype=bool)


def _plain(value: object) -> Any:
    if isinstance(value, str):
        # CR LF and CR are line ends of other systems, a BOM or zero-width space at an end is never meant
        text = value.replace("\r\n", "\n").replace("\r", "\n").strip().strip("\ufeff\u200b").strip()
        return text or None
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
        return math.inf  # beyond what Python turns into a float or a text
    return value


def _numbers(cls: FeatureClass, field: Field, given: NDArray[Any]) -> tuple[NDArray[Any], Problems]:
    values = given.astype(np.float64)
    bad = np.isinf(values)
    if field.type == "boolean":
        bad |= (values != 0) & (values != 1) & ~np.isnan(values)
    elif field.type == "ref":
        bad |= (values < 0) | (values >= KEY_LIMIT) | (np.trunc(values) != values) & ~np.isnan(values)
    else:
        if field.type == "integer":
            bad |= (np.trunc(values) != values) & ~np.isnan(values) | (np.abs(values) > KEY_LIMIT)
        if field.minimum is not None:
            bad |= values < field.minimum
        if field.maximum is not None:
            bad |= values > field.maximum
    problems: Problems = {}
    for row in np.flatnonzero(bad).tolist():
        try:
            _READERS[field.type](cls, field, given[row].item())
        except Refusal as problem:
            problems[row] = problem
    if field.type == "ref":
        return np.where(bad | np.isnan(values), 0, given).astype(np.int64), problems
    values[bad] = np.nan
    return values, problems


def _number(cls: FeatureClass, field: Field, value: Any) -> float:
    if isinstance(value, str):
        text = _narrow(value)
        if field.unit and text.endswith(field.unit):
            text = text[: -len(field.unit)].rstrip()
        if not _NUMBER.match(text):
            raise refusal("not_a_number", cls, field, value=value)
        value = float(text)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal("not_a_number", cls, field, value=value)
    if not math.isfinite(value):
        raise refusal("not_a_number", cls, field, value=value)
    low, high = field.minimum, field.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise refusal("out_of_range", cls, field, value=value, low=_short(low), high=_short(high), unit=field.unit)
    return float(value)


def _whole(cls: FeatureClass, field: Field, value: Any) -> float:
    number = _number(cls, field, value)
    if number != math.trunc(number) or abs(number) > KEY_LIMIT:
        raise refusal("not_whole", cls, field, value=value)
    return number


def _boolean(cls: FeatureClass, field: Field, value: Any) -> float:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return float(value)
    word = _narrow(value).casefold() if isinstance(value, str) else None
    if word in _YES:
        return 1.0
    if word in _NO:
        return 0.0
    raise refusal("not_yes_or_no", cls, field, value=value)


def _text(cls: FeatureClass, field: Field, value: Any) -> str:
    if isinstance(value, bool | bytes):
        raise refusal("not_text", cls, field, value=value)
    if isinstance(value, float) and value.is_integer() and abs(value) < KEY_LIMIT:
        value = int(value)  # a spreadsheet's 12.0 was typed as 12
    if isinstance(value, dt.date):
        value = value.isoformat()
    if not isinstance(value, str):
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise refusal("not_text", cls, field, value=value)
        value = str(value)
    text = value if value.isascii() else unicodedata.normalize("NFC", value)
    if _CONTROL.search(text) or (field.unique and ("\n" in text or "\t" in text)):
        raise refusal("control_characters", cls, field, value=value)
    limit = UNIQUE_TEXT_LIMIT if field.unique else TEXT_LIMIT
    if len(text) > limit:
        raise refusal("too_long", cls, field, value=value, length=len(text), limit=limit)
    return text


def _code(cls: FeatureClass, field: Field, value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    word = None if isinstance(value, bool) else _narrow(str(value)).casefold()
    spellings = [(code.value, code.label.zh, code.label.en) for code in field.codes]
    for column in zip(*spellings, strict=True):  # a stored value wins over a label that reads the same
        for code, spelling in zip(field.codes, column, strict=True):
            if _narrow(spelling).casefold() == word:
                return code.value
    for code in field.codes:
        if any(word == synonym.casefold() for synonym in code.synonyms):
            return code.value
    raise refusal(
        "not_in_list", cls, field, value=value,
        choices=[code.value for code in field.codes],
        choices_zh="、".join(code.label.zh for code in field.codes),
        choices_en=", ".join(code.label.en for code in field.codes),
    )  # fmt: skip


def _date(cls: FeatureClass, field: Field, value: Any) -> str:
    return _moment(cls, field, value, "not_a_date").date().isoformat()


def _datetime(cls: FeatureClass, field: Field, value: Any) -> str:
    return _moment(cls, field, value, "not_a_time").isoformat(timespec="seconds")


def _moment(cls: FeatureClass, field: Field, value: Any, code: str) -> dt.datetime:
    """A date with time of day as it was written; an offset from UTC is dropped: the clock on the wall is kept."""
    made: dt.datetime | None = None
    if isinstance(value, dt.datetime):
        made = value.replace(tzinfo=None, microsecond=0)
    elif isinstance(value, dt.date):
        made = dt.datetime(value.year, value.month, value.day)
    elif isinstance(value, str) and (found := _DATE.match(_narrow(value))):
        year, time = found[1], found[8]
        month, day = (found[2], found[3]) if found[2] else (found[4], found[5]) if found[4] else (found[6], found[7])
        clock = _TIME.match(time.strip()) if time else None
        if clock or not time:
            hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
            try:
                made = dt.datetime(int(year), int(month), int(day), hour, minute, second)
            except ValueError:  # 30 February, 25 o'clock
                made = None
    if made is None or not YEARS[0] <= made.year <= YEARS[1]:
        raise refusal(code, cls, field, value=value)
    return made


def _key(cls: FeatureClass, field: Field, value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(KEY_LIMIT)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise refusal("no_such_target", cls, field, value=value)
    if not 0 <= value < KEY_LIMIT:
        raise refusal("no_such_target", cls, field, value=value)
    return int(value) or None


def _narrow(text: str) -> str:
    """Full-width digits, letters and signs as plain ones, as field sheets mix them."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def _short(limit: float | None) -> str:
    return "" if limit is None else f"{limit:.15g}"


_READERS: dict[str, Callable[[FeatureClass, Field, Any], Any]] = {
    "real": _number, "integer": _whole, "boolean": _boolean, "text": _text, "code": _code, "date": _date,
    "datetime": _datetime, "ref": _key,
}  # fmt: skip
