"""Pure editing: (facts, intent) -> Plan, or a Refusal; nothing here touches the project file."""

from gis.editing.create import check_rows
from gis.editing.facts import Facts
from gis.editing.intents import (
    Batch,
    Change,
    Create,
    Delete,
    Insert,
    Intent,
    Join,
    Load,
    Move,
    Paste,
    Plan,
    Remove,
    Reshape,
    Reverse,
    Split,
    Step,
    Transform,
    Update,
    UpdateMany,
)
from gis.editing.keys import fresh_keys
from gis.editing.merge import Conflict, Merged, merge
from gis.editing.planning import plan

__all__ = [
    "Batch", "Change", "Conflict", "Create", "Delete", "Facts", "Insert", "Intent", "Join", "Load", "Merged", "Move",
    "Paste", "Plan", "Remove", "Reshape", "Reverse", "Split", "Step", "Transform", "Update", "UpdateMany", "check_rows",
    "fresh_keys", "merge", "plan",
]  # fmt: skip
