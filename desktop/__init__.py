"""Yantu's desktop: the window, and all that paints by Qt.

WORKAROUND: PySide makes its classes when they are first used, and two threads that first use the same one crash the
process or wait for each other for ever (PySide6 6.11: the entry of a class is erased twice, or a guard of C++ is waited
for with Python's lock held). Jobs and the warm-up use Qt beside the window, so all classes are made on import instead;
this package is imported before any of Qt's.
"""

import os

os.environ.setdefault("PYSIDE6_OPTION_LAZY", "0")
