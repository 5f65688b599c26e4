"""The verbs of the ``yantu`` command: the same work without a window."""
