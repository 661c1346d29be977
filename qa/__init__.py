"""From a question to evidence: what is asked, where to look, which sentences answer, and what may be said."""
