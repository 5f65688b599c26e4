"""Drive tests in the window: a panel with errors by cell and the calibration, and the samples on the map."""
