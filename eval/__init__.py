"""Questions with judgements, and the numbers they give."""
