"""Styles in the words of QGIS (QML), both ways."""
