"""Other tools' own ways of asking: each speaks what that tool speaks already."""
