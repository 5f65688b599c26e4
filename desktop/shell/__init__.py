"""The main window and what belongs to the whole program: actions, settings, words, notices."""
