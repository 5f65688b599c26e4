"""Many features changed at once: calculate, find and replace, from the place, renumber; seen before it is done."""
