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
    """One entry of a code list: the stored value and its labels."""

    value: str
    label: Label


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

    def code_label(self, value: object, language: Language) -> str:
        """The label of a stored code; the value itself when the list does not know it."""
        for code in self.codes:
            if code.value == value:
                return code.label.text(language)
        return "" if value is None else str(value)


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
