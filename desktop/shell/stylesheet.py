"""How every widget is dressed: a Qt style sheet with the palette's names for colours (``$accent`` …)."""

from __future__ import annotations

STYLESHEET = """
* { font-size: ${body}px; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $line_strong; border-radius: 4px; padding: 4px 8px; }

/* Words */
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; color: $text; }
QLabel[role="heading"] { font-weight: 600; color: $text; }
QLabel[role="soft"] { color: $text_soft; }
QLabel[role="faint"] { color: $text_faint; }
QLabel[role="problem"] { color: $bad; }
QLabel[role="section"] { color: $text_soft; font-weight: 600; }

/* Panels */
#TopBar { background: $surface; border-bottom: 1px solid $line; }
#StatusBar { background: $surface; border-top: 1px solid $line; }
#SidePanel, #Inspector, #BottomPanel { background: $surface; }
#Welcome { background: $window; }
QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame[role="rule"] { background: $line; border: none; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[role="page"] { background: transparent; }

/* Buttons */
QPushButton { background: $surface; color: $text; border: 1px solid $line_strong; border-radius: 6px;
  padding: 0 16px; min-height: 30px; }
QPushButton:hover { background: $sunken; }
QPushButton:pressed { background: $line; }
QPushButton:checked { background: $accent_soft; color: $accent; border-color: $accent; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $text_faint; border-color: $line; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:pressed { background: $accent_press; border-color: $accent_press; }
QPushButton[role="primary"]:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled { background: $sunken; color: $text_faint; border-color: $line; }
QPushButton[role="link"] { background: transparent; border: none; color: $accent; padding: 0 4px; min-height: 24px;
  text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { text-decoration: underline; }
QPushButton[role="door"] { background: $surface; border: 1px solid $line; border-radius: 12px; text-align: left; }
QPushButton[role="door"]:hover { border-color: $accent; background: $accent_soft; }
QPushButton[role="door"]:focus { border: 2px solid $accent; }

QToolButton { background: transparent; color: $text; border: 1px solid transparent; border-radius: 6px;
  padding: 4px 6px; min-height: 22px; }
QToolButton:hover { background: $sunken; }
QToolButton:pressed { background: $line; }
QToolButton:checked { background: $accent_soft; color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $text_faint; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="quiet"] { color: $text_soft; padding: 2px 6px; min-height: 18px; }
QToolButton[role="project"] { font-weight: 600; padding: 4px 8px; }
QToolButton[role="fold"] { padding: 2px 8px 2px 0; min-height: 18px; }
QFrame[role="segments"] { background: $sunken; border-radius: 6px; }
QFrame[role="segments"] QToolButton { padding: 2px 4px; min-height: 18px; border-radius: 4px; color: $text_soft; }
QFrame[role="segments"] QToolButton:checked { background: $surface; color: $accent; border: 1px solid $line_strong; }
QFrame[role="segments"] QToolButton:focus { border: 1px solid $accent; }
QFrame[role="segments"][wrong="true"] { border: 2px solid $bad; }

#Modes { background: $sunken; border-radius: 8px; }
#Modes QToolButton { border-radius: 6px; padding: 3px 12px; min-height: 22px; color: $text_soft; font-weight: 600; }
#Modes QToolButton:hover { color: $text; background: transparent; }
#Modes QToolButton:checked { background: $surface; color: $accent; border: 1px solid $line; }
#Modes QToolButton:focus { border: 1px solid $accent; }
#Command { background: $sunken; color: $text_faint; border-radius: 8px; padding: 4px 12px; text-align: left; }
#Command:hover { color: $text_soft; border-color: $line_strong; }

/* Fields */
QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit { background: $surface; color: $text;
  border: 1px solid $line_strong; border-radius: 6px; padding: 0 8px; min-height: 28px;
  selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit, QTextEdit { padding: 4px 6px; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 2px solid $accent; padding: 0 7px; }
QPlainTextEdit:focus, QTextEdit:focus { padding: 3px 5px; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color: $text_soft; background: $sunken;
  border-color: $line; }
QLineEdit:read-only { color: $text; background: $sunken; border-color: $line; }
QLineEdit[reading="true"], QComboBox[reading="true"] { background: transparent; color: $text;
  border: 1px solid transparent; min-height: 22px; }
QLineEdit[reading="true"]:focus { border: 1px solid $accent; padding: 0 8px; }
QComboBox[reading="true"]::drop-down { width: 0; }
QComboBox[reading="true"]::down-arrow { image: none; width: 0; }
QLineEdit[wrong="true"], QComboBox[wrong="true"], QAbstractSpinBox[wrong="true"] { border: 2px solid $bad;
  padding: 0 7px; }
QLineEdit[role="search"] { background: $sunken; border: 1px solid transparent; border-radius: 8px; min-height: 32px; }
QLineEdit[role="search"]:hover { border-color: $line_strong; }
QLineEdit[role="search"]:focus { background: $surface; border: 2px solid $accent; }
QLineEdit > QToolButton { padding: 0; min-height: 0; border: none; background: transparent; }
QLineEdit[role="command"] { border: none; border-bottom: 1px solid $line; border-radius: 0; font-size: ${title}px;
  min-height: 48px; padding: 0 16px; background: $raised; }
QLineEdit[role="quiet"] { background: transparent; border: 1px solid transparent; min-height: 20px; padding: 0 4px; }
QLineEdit[role="quiet"]:hover { border-color: $line_strong; }
QLineEdit[role="quiet"]:focus { background: $surface; border: 1px solid $accent; }
QComboBox QLineEdit, QComboBox QLineEdit:focus, QAbstractSpinBox QLineEdit {
  border: none; background: transparent; min-height: 0; padding: 0; }
QComboBox::drop-down, QDateEdit::drop-down { border: none; width: 24px; }
QComboBox::down-arrow, QDateEdit::down-arrow { image: url(marks:down-$tone.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: 1px solid $line_strong; outline: none;
  selection-background-color: $accent_soft; selection-color: $text; padding: 4px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 20px; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QAbstractSpinBox::up-arrow { image: url(marks:up-$tone.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url(marks:down-$tone.svg); width: 10px; height: 10px; }
QCheckBox, QRadioButton { spacing: 8px; color: $text; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $line_strong; border-radius: 4px;
  background: $surface; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url(marks:check-$tone.svg); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent; image: url(marks:partial-$tone.svg); }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $line_strong; border-radius: 9px;
  background: $surface; }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 8px; height: 8px; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $surface;
  border: 2px solid $accent; }
QSlider::handle:horizontal:focus { background: $accent; }
QProgressBar { background: $line; border: none; border-radius: 3px; min-height: 6px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

/* Lists, trees, tables */
QAbstractItemView { background: $surface; color: $text; border: none; outline: none;
  selection-background-color: $accent_soft; selection-color: $text; }
QTableView { gridline-color: $line; alternate-background-color: $window; }
QTableView::item { padding: 0 8px; border: none; }
QTableView::item:selected { background: $accent_soft; color: $text; }
QTableView::item:focus { border: 1px solid $accent; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $text_soft; border: none; border-bottom: 1px solid $line;
  padding: 0 11px; min-height: 30px; font-weight: 600; }
QHeaderView::section:hover { color: $text; background: $sunken; }
QHeaderView::down-arrow { image: url(marks:down-$tone.svg); width: 10px; height: 10px; }
QHeaderView::up-arrow { image: url(marks:up-$tone.svg); width: 10px; height: 10px; }
QTableCornerButton::section { background: $surface; border: none; }
QTreeView::branch { background: transparent; }
QListView::item { min-height: 28px; }
QTreeWidget::item { min-height: 26px; }

QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $text_soft; border: none; border-bottom: 2px solid transparent;
  padding: 0 12px; min-height: 30px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent; border-bottom: 2px solid $accent; font-weight: 600; }
QTabBar::tab:focus { color: $accent_hover; }
QTabWidget::pane { border: none; }

QMenu { background: $raised; color: $text; border: 1px solid $line_strong; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 8px; border-radius: 4px; min-width: 160px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $text_faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QMenu::right-arrow { image: url(marks:right-$tone.svg); width: 10px; height: 10px; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $line_strong; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $text_soft; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

/* Notices and the command palette */
#NoticeCard { background: $raised; border: 1px solid $line_strong; border-radius: 8px; }
#CommandPalette, #Popup { background: $raised; border: 1px solid $line_strong; }
#CommandPalette QListView { background: $raised; border: none; padding: 8px; }
"""
