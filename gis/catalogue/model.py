"""What a city owns: typed, frozen descriptions of feature classes, fields and code lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gis.errors import Language, Refusal

GeometryKind = Literal["point", "line", "polygon", "multipolygon", "none"]
FieldType = Literal["text", "integer", "real", "boolean", "date", "datetime", "code", "ref"]
End = Literal["first", "last"]
Family = Literal["fibre", "wireless", "plates", "sight", "ground"]


# Chinese counting words in English.
_COUNTED = {
    "人": "people", "户": "homes", "辆": "vehicles", "芯": "fibres", "孔": "bores", "条": "lanes", "层": "floors",
    "天": "days", "副": "antennas",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A word of the data in both languages."""

    zh: str
    en: str

    def text(self, language: Language) -> str:
        """The word in one language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list: the stored value, its labels, and what other catalogues call it."""

    value: str
    label: Label
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Depends:
    """Which answers are usual in a field while ``field`` of the same row holds a value.

    ``allowed``: that value as plain text ("NR", "24") -> the usual answers, first the most usual. They are offered, not
    imposed: what stands in a city is what it is.
    """

    field: str
    allowed: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a feature class. ``unit`` is UCUM-like ("m", "dBm", "MHz"), ``ref`` a class name."""

    name: str
    type: FieldType
    label: Label
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    codes: tuple[Code, ...] = ()
    ref: str | None = None
    owned: bool = False  # a ref whose row belongs to its target and is deleted with it
    end: End | None = None  # a ref of a line to the point on which that end of it stands
    required: bool = False
    unique: bool = False
    indexed: bool = False
    restricted: bool = False
    default: Any = None
    synonyms: tuple[str, ...] = ()
    group: str = "main"
    stamp: bool = False  # filled by the writer, never by hand
    search: bool = False
    choices: tuple[Any, ...] = ()  # usual answers where the type leaves more open
    depends: Depends | None = None
    suggest: tuple[str, str, str] | None = None  # (field, "*" or "/", field): how the value follows from two others
    fibre_of: str | None = None  # the number of a fibre in the cable to which that ref field points

    def usual(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The usual answers beside the other values of a row; empty when anything is as good."""
        if self.depends is None:
            return self.choices
        return self.depends.allowed.get(plain_text(row.get(self.depends.field)), self.choices)

    def suggested(self, row: Mapping[str, Any]) -> float | None:
        """The value that follows from two others of the row; None where one is missing or it does not come out even."""
        if self.suggest is None:
            return None
        a, b = (row.get(name) for name in (self.suggest[0], self.suggest[2]))
        if not isinstance(a, int | float) or not isinstance(b, int | float) or a != a or b != b:
            return None
        if self.suggest[1] == "*":
            made = float(a) * float(b)
        elif not b:
            return None
        else:
            made = float(a) / float(b)
        return None if self.type == "integer" and not made.is_integer() else made

    def unit_text(self, language: Language) -> str:
        """The unit as it is read in a language: Chinese counting words are translated, symbols stay."""
        return self.unit if language == "zh" else _COUNTED.get(self.unit, self.unit)

    def code_label(self, value: object, language: Language) -> str:
        """The label of a stored code; the value itself when the list does not know it."""
        for code in self.codes:
            if code.value == value:
                return code.label.text(language)
        return "" if value is None else str(value)


def plain_text(value: Any) -> str:
    """A stored value as the catalogue writes it: 24.0 is "24", null is ""."""
    if value is None or value != value:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Owner:
    """The fields in which a row names the row of any class it belongs to, and is deleted with."""

    cls: str
    id: str


@dataclass(frozen=True, slots=True)
class Symbol:
    """The default look of a class, in millimetres on paper and screen. Colours are "#RRGGBB".

    ``shape`` names a point mark (circle square triangle diamond hexagon star cross pentagon), ``by`` a code field and
    ``values`` what differs for its codes (any of shape, color, width, dash, size).
    ``max_scale`` is the largest scale denominator at which the class is drawn; 0 = always.
    """

    color: str
    shape: str = "circle"
    size: float = 2.4
    width: float = 0.35
    dash: tuple[float, ...] = ()
    fill: str | None = None
    opacity: float = 1.0
    by: str | None = None
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    max_scale: float = 0.0
    label_field: str | None = None
    rotate_by: str | None = None  # a field in degrees clockwise from north
    icon: str | None = None  # QtAwesome name for lists and legends


@dataclass(frozen=True, slots=True)
class FeatureClass:
    """One kind of thing a city owns; one table of the project file, named ``name``."""

    name: str
    label: Label
    family: Family
    geometry: GeometryKind
    fields: tuple[Field, ...]
    order: int
    symbol: Symbol | None = None
    groups: Mapping[str, Label] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    description: Label | None = None
    visible: bool = True
    link: bool = False  # rows only tie others together: where one of these goes, the row goes
    brief: tuple[str, ...] = ()  # fields that stand for a row in a small table
    owner: Owner | None = None

    def field(self, name: str) -> Field:
        """The field of that name, or Refusal ``catalogue.no_field``."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise Refusal("catalogue.no_field", cls=self.name, field=name)

    def has_field(self, name: str) -> bool:
        """Whether the class has that field."""
        return any(candidate.name == name for candidate in self.fields)

    @property
    def spatial(self) -> bool:
        """Whether the class has a geometry."""
        return self.geometry != "none"

    @property
    def refs(self) -> tuple[Field, ...]:
        """Fields that point at rows of other classes."""
        return tuple(f for f in self.fields if f.type == "ref")

    @property
    def ends(self) -> tuple[Field, ...]:
        """Refs of a line to the points on which its ends stand."""
        return tuple(f for f in self.fields if f.end is not None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All feature classes, in drawing order from the ground up (``order``)."""

    classes: tuple[FeatureClass, ...]
    version: int = 1

    def __getitem__(self, name: str) -> FeatureClass:
        for cls in self.classes:
            if cls.name == name:
                return cls
        raise Refusal("catalogue.no_class", cls=name, known=", ".join(c.name for c in self.classes))

    def __contains__(self, name: object) -> bool:
        return any(cls.name == name for cls in self.classes)

    def __iter__(self) -> Iterator[FeatureClass]:
        return iter(self.classes)

    def __len__(self) -> int:
        return len(self.classes)

    def find(self, words: str) -> FeatureClass:
        """The class called so, by name, label or synonym in either language; Refusal when none is."""
        wanted = words.strip().casefold()
        for cls in self.classes:
            names = (cls.name, cls.label.zh, cls.label.en, *cls.synonyms)
            if wanted in (name.casefold() for name in names):
                return cls
        return self[words]

    def referrers(self, name: str) -> tuple[tuple[FeatureClass, Field], ...]:
        """Every (class, field) that points at rows of class ``name``."""
        return tuple((cls, f) for cls in self.classes for f in cls.refs if f.ref == name)

    @property
    def belongings(self) -> tuple[FeatureClass, ...]:
        """Classes whose rows belong to a row of any class, such as photos."""
        return tuple(cls for cls in self.classes if cls.owner is not None)
