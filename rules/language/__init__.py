"""The rule language, format 1: what an analyst writes, how it is checked, what it comes to."""
