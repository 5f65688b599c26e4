"""The top bar in a narrow window: tools keep their size, what others offer too gives way."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QToolButton

from desktop.shell.window import SMALLEST
from desktop.shell.words import set_language


def squeezed(bar):
    buttons = [button for button in bar.findChildren(QToolButton) if button.isVisible()]
    return [button.text() for button in buttons if button.width() < button.sizeHint().width()]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("mode", ["browse", "edit"])
def test_nothing_is_squeezed_in_the_smallest_window(qtbot, window, at_rest, language, mode):
    set_language(language)
    window.actions_[f"mode.{mode}"].trigger()
    at_rest()
    window.resize(*SMALLEST)
    qtbot.waitUntil(lambda: not squeezed(window.top))
    window.resize(1600, 800)
    qtbot.waitUntil(window.top.language.isVisible)
    assert "Ctrl+K" in window.top.command.text()
