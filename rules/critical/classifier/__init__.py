"""The second stage: a small text model for critical reports that no keyword tells."""
