"""The composer: a sheet laid out by hand on a pasteboard, with everything seen as it will be printed."""
