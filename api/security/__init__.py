"""Who may do what, from where, how often; and what is written down of it."""
