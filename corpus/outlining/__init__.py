"""How the outline of a text is read off its lines: what each file looks for stands in its name."""
