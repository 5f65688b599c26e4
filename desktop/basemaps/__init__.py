"""Base maps in the window: the list below the layers, how one is added, kept for offline work and printed."""
