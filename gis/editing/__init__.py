"""Pure editing: (facts, intent) -> Plan, or a Refusal; nothing here touches the project file."""

from gis.editing.intents import (
    Batch,
    Change,
    Create,
    Delete,
    Insert,
    Intent,
    Load,
    Move,
    Plan,
    Remove,
    Reshape,
    Step,
    Update,
    UpdateMany,
)

__all__ = [
    "Batch", "Change", "Create", "Delete", "Insert", "Intent", "Load", "Move", "Plan", "Remove", "Reshape", "Step",
    "Update", "UpdateMany",
]  # fmt: skip
