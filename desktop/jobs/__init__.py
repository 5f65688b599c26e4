"""Threads, progress and cancelling; project events as Qt signals."""
