"""Open alerts as they are told: what the rules say of them, and what was decided about them."""
