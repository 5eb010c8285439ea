"""Masking of personal data."""
def mask(text: str) -> str:
    return text
