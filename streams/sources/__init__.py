"""Sources: where raw records come from; they read, and leave every judgement to the adapters."""
