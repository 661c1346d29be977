"""The page for people, and the ask box for other sites."""
