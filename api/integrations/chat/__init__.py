"""Chat platforms that ask by callback: what they share, and a module for each."""
