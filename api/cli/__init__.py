"""The command `anwen`."""
