"""From files of any kind to their text: each reader takes one kind, and says what it left out."""
