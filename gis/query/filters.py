"""Filter expressions: a small safe language over one class's fields, compiled to parameterised SQL.

``status = '在用' and fibre_count >= 24``; ``name like '%大道%'``; ``code in ('A1', 'A2')``;
``height_m between 3 and 8``; ``owner is null``; ``not free``; ``round(length() / 1000, 1) > 2``. Fields go by name,
label or synonym in either language; values of code lists by value or label; functions are those of
``gis.query.functions``. Column names come only from the catalogue and values only as parameters: nothing typed reaches
the SQL text.
"""

from __future__ import annotations

from gis.catalogue import Catalogue, FeatureClass, Field
from gis.errors import Refusal
from gis.query.functions import Function, ValueType, function_of, functions_for
from gis.query.parts import Condition, Expression, Parameter, Part
from gis.query.relations import owner, relation
from gis.query.tokens import Token, tokenize

_COMPARISONS = {"=": "=", "==": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_DEPTH = 60
_TYPES: dict[str, ValueType] = {
    "text": "text", "code": "text", "integer": "number", "real": "number", "ref": "number", "boolean": "boolean",
    "date": "date", "datetime": "date",
}  # fmt: skip


def compile_filter(expression: str, cls: FeatureClass, catalogue: Catalogue | None = None) -> Condition:
    """Compile an expression over ``cls``; with ``catalogue`` it may ask about other features.

    The parameters of such a condition may hold ``Related`` and ``Measured``, see ``gis.project.conditions``.
    Raises Refusal ``query.wrong`` (with the place), ``query.no_field``, ``query.unfinished`` or ``query.too_deep``.
    """
    parser = Parser(expression, cls, catalogue)
    part = parser.any_of(0)
    parser.end()
    return Condition(part.sql, part.parameters)


def compile_value(expression: str, cls: FeatureClass, catalogue: Catalogue | None = None) -> Expression:
    """Compile what gives a value for every row of ``cls``: a field, a constant, arithmetic, functions, a condition.

    Raises as ``compile_filter`` does, and Refusal ``query.no_function`` and ``query.arguments``.
    """
    parser = Parser(expression, cls, catalogue)
    part = parser.any_of(0)
    parser.end()
    return Expression(part.sql, part.parameters, part.gives, part.field)


class Parser:
    """Reads an expression over one class; ``scope`` is what the SQL calls the row it is about."""

    like = "LIKE"

    def __init__(self, expression: str, cls: FeatureClass, catalogue: Catalogue | None = None) -> None:
        self.expression = expression
        self.cls = cls
        self.catalogue = catalogue
        self.scope = cls.name
        self.tokens = tokenize(expression)
        self.position = 0
        self._aliases = [0]
        self.fields: dict[str, Field] = {}
        # The field's own name counts most, then its labels, then synonyms.
        for f in reversed(cls.fields):
            self.fields.update({key.casefold(): f for key in f.synonyms})
        for f in cls.fields:
            self.fields.update({key.casefold(): f for key in (f.label.zh, f.label.en)})
        self.fields.update({f.name: f for f in cls.fields})

    def child(self, cls: FeatureClass, scope: str = "") -> Parser:
        """A parser of the same words, from here on, over another class."""
        made = Parser("", cls, self.catalogue)
        made.expression, made.tokens, made.position = self.expression, self.tokens, self.position
        made.scope, made._aliases = scope or cls.name, self._aliases
        return made

    def alias(self) -> str:
        """A name for a further table, not yet used in this expression."""
        self._aliases[0] += 1
        return f"o{self._aliases[0]}"

    @staticmethod
    def type_of(field: Field) -> ValueType:
        """What a field gives."""
        return _TYPES[field.type]

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self, *words: str) -> bool:
        if self.token.is_word(*words):
            self.position += 1
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self.wrong()

    def wrong(self) -> Refusal:
        if self.token.kind == "end":
            return Refusal("query.unfinished", expression=self.expression)
        return Refusal("query.wrong", expression=self.expression, at=self.token.at + 1, found=self.token.text)

    def end(self) -> None:
        if self.token.kind != "end":
            raise self.wrong()

    def any_of(self, depth: int) -> Part:
        if depth > _DEPTH:
            raise Refusal("query.too_deep", depth=_DEPTH)
        part = self.all_of(depth)
        while self.take("or", "或"):
            other = self.all_of(depth)
            part = Part(f"({part.sql} OR {other.sql})", part.parameters + other.parameters)
        return part

    def all_of(self, depth: int) -> Part:
        part = self.negated(depth)
        while self.take("and", "且"):
            other = self.negated(depth)
            part = Part(f"({part.sql} AND {other.sql})", part.parameters + other.parameters)
        return part

    def negated(self, depth: int) -> Part:
        if self.take("not", "非"):
            if depth > _DEPTH:
                raise Refusal("query.too_deep", depth=_DEPTH)
            part = self.negated(depth + 1)
            return Part(f"(NOT {part.sql})", part.parameters)
        return self.comparison(depth)

    def comparison(self, depth: int) -> Part:
        left = self.sum(depth)
        if self.token.kind == "operator" and self.token.text in _COMPARISONS:
            operator = _COMPARISONS[self.token.text]
            self.position += 1
            right = self.sum(depth)
            left, right = _as_codes(left, right)
            return Part(f"({left.sql} {operator} {right.sql})", left.parameters + right.parameters)
        if self.take("is"):
            negative = self.take("not")
            self.expect("null")
            return Part(f"({left.sql} IS {'NOT ' if negative else ''}NULL)", left.parameters)
        negative = self.take("not")
        word = "NOT " if negative else ""
        if self.take("in"):
            return self.membership(left, word, depth)
        if self.take("like"):
            right = self.sum(depth)
            return Part(f"({left.sql} {word}{self.like} {right.sql})", left.parameters + right.parameters)
        if self.take("between"):
            low = self.sum(depth)
            self.expect("and")
            high = self.sum(depth)
            return self.between(left, word, low, high)
        if negative:
            raise self.wrong()
        return left

    def between(self, left: Part, word: str, low: Part, high: Part) -> Part:
        parameters = left.parameters + low.parameters + high.parameters
        return Part(f"({left.sql} {word}BETWEEN {low.sql} AND {high.sql})", parameters)

    def membership(self, left: Part, word: str, depth: int) -> Part:
        self.expect("(")
        marks: list[str] = []
        parameters = left.parameters
        while True:
            _, item = _as_codes(left, self.sum(depth))
            marks.append(item.sql)
            parameters += item.parameters
            if not self.take(","):
                break
        self.expect(")")
        return Part(f"({left.sql} {word}IN ({', '.join(marks)}))", parameters)

    def sum(self, depth: int) -> Part:
        part = self.product(depth)
        while self.token.is_word("+", "-", "||"):
            operator = self.token.text
            self.position += 1
            other = self.product(depth)
            joined = operator == "||" or (operator == "+" and "text" in (part.gives, other.gives))
            sql = f"({part.sql} {'||' if joined else operator} {other.sql})"  # + between texts is meant to join them
            part = Part(sql, part.parameters + other.parameters, gives="text" if joined else "number")
        return part

    def product(self, depth: int) -> Part:
        part = self.atom(depth)
        while self.token.is_word("*", "/"):
            operator = self.token.text
            self.position += 1
            other = self.atom(depth)
            # 1.0 makes a quotient of whole numbers a fraction, as people expect.
            left = f"{part.sql} * 1.0" if operator == "/" else part.sql
            part = Part(f"({left} {operator} {other.sql})", part.parameters + other.parameters, gives="number")
        return part

    def atom(self, depth: int) -> Part:
        token = self.token
        if token.is_word("("):
            self.position += 1
            part = self.any_of(depth + 1)
            self.expect(")")
            return part
        if token.is_word("-"):
            if depth > _DEPTH:
                raise Refusal("query.too_deep", depth=_DEPTH)
            self.position += 1
            part = self.atom(depth + 1)
            return Part(f"(-{part.sql})", part.parameters, gives="number")
        if token.kind == "number":
            self.position += 1
            number = float(token.text)
            whole = number.is_integer() and "e" not in token.text.casefold() and abs(number) < 2**53
            return Part("?", (int(number) if whole else number,), literal=True, gives="number")
        if token.kind == "text":
            self.position += 1
            return Part("?", (token.text,), literal=True, gives="text")
        if token.kind == "name":
            return self.call(token, depth) if self.tokens[self.position + 1].is_word("(") else self.name(token)
        raise self.wrong()

    def name(self, token: Token) -> Part:
        self.position += 1
        word = token.text.casefold()
        if word in ("true", "false", "是", "否"):
            return Part("?", (int(word in ("true", "是")),), literal=True)
        if word == "null":
            return Part("NULL", literal=True, gives="any")
        if word == "id":
            return Part('"id"', gives="number")
        found = self.fields.get(word)
        if found is None:
            raise Refusal(
                "query.no_field", field=token.text, at=token.at + 1, known=", ".join(f.name for f in self.cls.fields)
            )
        if found.type == "ref" and self.catalogue is not None and self.token.is_word("."):
            return owner(self, found, token)
        return Part(f'"{found.name}"', field=found, gives=_TYPES[found.type])

    def call(self, token: Token, depth: int) -> Part:
        """A function of the closed list over its arguments; ``label(field)`` is the label of a code."""
        if depth > _DEPTH:
            raise Refusal("query.too_deep", depth=_DEPTH)
        if (related := relation(self, token, depth)) is not None:
            return related
        self.position += 2
        arguments: list[Part] = []
        while not self.take(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.any_of(depth + 1))
        if token.text.casefold() in ("label", "label_en", "名称文字"):
            return self.label(token, arguments)
        found = function_of(token.text, self.cls.geometry)
        if found is None:
            known = ", ".join(f.name for f in functions_for(self.cls.geometry))
            raise Refusal("query.no_function", function=token.text, at=token.at + 1, known=known)
        if len(arguments) < found.least or (found.most is not None and len(arguments) > found.most):
            raise Refusal("query.arguments", function=found.name, at=token.at + 1, count=len(arguments),
                          zh=found.zh, en=found.en)  # fmt: skip
        parameters = sum((part.parameters for part in arguments), ())
        return Part(self.written(found, [part.sql for part in arguments]), parameters, gives=found.gives)

    def written(self, function: Function, arguments: list[str]) -> str:
        """A call as SQL."""
        return function.sql(arguments)

    def label(self, token: Token, arguments: list[Part]) -> Part:
        field = arguments[0].field if len(arguments) == 1 else None
        if field is None or not field.codes:
            raise Refusal("query.label", at=token.at + 1)
        english = token.text.casefold() == "label_en"
        sql = arguments[0].sql
        whens = " ".join(f"WHEN {sql} = ? THEN ?" for _ in field.codes)
        parameters: tuple[Parameter, ...] = ()
        for code in field.codes:
            parameters += (code.value, code.label.en if english else code.label.zh)
        return Part(f"CASE {whens} ELSE {sql} END", parameters, gives="text")


def _as_codes(left: Part, right: Part) -> tuple[Part, Part]:
    """Where one side is a field with a code list and the other a text, the text may be a label."""
    if left.field is not None and left.field.codes and right.literal:
        return left, _code(left.field, right)
    if right.field is not None and right.field.codes and left.literal:
        return _code(right.field, left), right
    return left, right


def _code(f: Field, literal: Part) -> Part:
    if not literal.parameters or not isinstance(literal.parameters[0], str):
        # Codes such as "5" (GHz) are text; a bare number typed for one is meant as its code.
        return Part(literal.sql, tuple(str(p) for p in literal.parameters), literal=True)
    wanted = literal.parameters[0].casefold()
    for code in f.codes:
        if wanted in (code.value.casefold(), code.label.zh.casefold(), code.label.en.casefold()):
            return Part("?", (code.value,), literal=True)
    return literal
