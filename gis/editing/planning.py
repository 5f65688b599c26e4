"""Turns a wish into what the writer will do, or refuses it: pure, but for the random keys of new rows."""

from __future__ import annotations

from gis.editing.create import plan_create, plan_load
from gis.editing.delete import plan_delete
from gis.editing.facts import Facts
from gis.editing.intents import Batch, Create, Delete, Intent, Load, Move, Plan, Reshape, Step, Update, UpdateMany
from gis.editing.keys import KeySource, fresh_keys
from gis.editing.move import plan_move
from gis.editing.pending import PendingFacts
from gis.editing.reshape import plan_reshape
from gis.editing.update import plan_update, plan_update_many
from gis.errors import Fault


def plan(facts: Facts, intent: Intent, keys: KeySource = fresh_keys) -> Plan:
    """The steps that fulfil the intent; without steps when nothing would change. Raises Refusal."""
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
        case Delete():
            return plan_delete(facts, intent)
        case Batch():
            return _plan_batch(facts, intent, keys)
    raise Fault(f"no plan for {type(intent).__name__}")


def _plan_batch(facts: Facts, batch: Batch, keys: KeySource) -> Plan:
    """All steps in order; each intent sees what the earlier ones will have done."""
    pending = PendingFacts(facts)
    steps: list[Step] = []
    for intent in batch.intents:
        made = plan(pending, intent, keys).steps
        pending.add(made)
        steps += made
    return Plan(batch.label, dict(batch.label_args), tuple(steps))
