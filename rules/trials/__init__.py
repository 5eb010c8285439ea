"""Rules on trial: tests and histories through the real intake and watch, on a virtual clock."""
