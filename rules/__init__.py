"""The rule language and the engine that applies it: book, conditions, evidence, alerts."""
