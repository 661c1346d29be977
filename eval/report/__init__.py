"""The report people look at: one HTML file that holds all it shows."""
