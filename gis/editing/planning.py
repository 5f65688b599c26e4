"""Turns a wish into what the writer will do, or refuses it: pure, but for the random keys of new rows."""

from __future__ import annotations

from dataclasses import replace

from gis.catalogue import Catalogue
from gis.editing.create import plan_create, plan_load
from gis.editing.delete import plan_delete
from gis.editing.ends import settled
from gis.editing.facts import Facts
from gis.editing.intents import (
    Batch,
    Create,
    Delete,
    Intent,
    Join,
    Load,
    Move,
    Paste,
    Plan,
    Reshape,
    Reverse,
    Split,
    Step,
    Transform,
    Update,
    UpdateMany,
)
from gis.editing.join import plan_join
from gis.editing.keys import KeySource, fresh_keys
from gis.editing.move import plan_move
from gis.editing.paste import plan_paste
from gis.editing.pending import PendingFacts
from gis.editing.reshape import plan_reshape
from gis.editing.reverse import plan_reverse
from gis.editing.split import plan_split
from gis.editing.transform import plan_transform
from gis.editing.update import plan_update, plan_update_many
from gis.editing.walks import CABLE
from gis.errors import Fault

Placing = Move | Reshape | Transform  # intents after which no end of a line may have left its point unasked


def plan(facts: Facts, intent: Intent, keys: KeySource = fresh_keys) -> Plan:
    """The steps that fulfil the intent; without steps when nothing would change. Raises Refusal."""
    made = _plan(facts, intent, keys)
    placings = [i for i in _single(intent) if isinstance(i, Placing)]
    if placings:
        more = settled(facts, made.steps, detach=any(i.detach for i in placings))
        made = replace(made, steps=(*made.steps, *more))
    return made


def _plan(facts: Facts, intent: Intent, keys: KeySource) -> Plan:
    match intent:
        case Create():
            return plan_create(facts, intent, keys)
        case Load():
            return plan_load(facts, intent, keys)
        case Update():
            return plan_update(facts, intent)
        case UpdateMany():
            return plan_update_many(facts, intent)
        case Move():
            return plan_move(facts, intent)
        case Reshape():
            return plan_reshape(facts, intent)
        case Transform():
            return plan_transform(facts, intent)
        case Split():
            return plan_split(facts, intent, keys)
        case Join():
            return plan_join(facts, intent, keys)
        case Reverse():
            return plan_reverse(facts, intent)
        case Paste():
            return plan_paste(facts, intent, keys)
        case Delete():
            return plan_delete(facts, intent)
        case Batch():
            return _plan_batch(facts, intent, keys)
    raise Fault(f"no plan for {type(intent).__name__}")


def _plan_batch(facts: Facts, batch: Batch, keys: KeySource) -> Plan:
    """All steps in order; each intent sees what the earlier ones will have done."""
    pending = PendingFacts(facts)
    steps: list[Step] = []
    intents = list(batch.intents)
    if all(isinstance(intent, Move | Transform) for intent in intents):
        intents.sort(key=lambda intent: _dependence(facts.catalogue, intent))
    for intent in intents:
        made = _plan(pending, intent, keys).steps
        pending.add(made)
        steps += made
    return Plan(batch.label, dict(batch.label_args), tuple(steps))


def _dependence(catalogue: Catalogue, intent: Intent) -> int:
    """Where several classes are moved together, what follows others goes first: having moved already, it no longer
    stands on them and does not follow a second time."""
    assert isinstance(intent, Move | Transform)
    cls = catalogue[intent.cls]
    if cls.geometry != "point":
        return 0 if cls.name == CABLE else 1
    return 2 if any(field.owned for field in cls.refs) else 3


def _single(intent: Intent) -> list[Intent]:
    return [single for part in intent.intents for single in _single(part)] if isinstance(intent, Batch) else [intent]
