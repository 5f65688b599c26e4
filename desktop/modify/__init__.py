"""What can be done to features that are there: menu, reasons, clipboard, and the one question of deleting."""
