"""The project file: one SpatiaLite database that is opened, read, written, undone and checked through Store only."""
