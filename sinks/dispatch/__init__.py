"""Round every sink: one attempt as a result, when to try again, and when to leave it alone."""
