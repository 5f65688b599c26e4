"""Map tools: state machines that emit intents."""
