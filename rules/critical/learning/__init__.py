"""What the marks of duty officers change in the review tier: bounded, kept step by step, undone."""
