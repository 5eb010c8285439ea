"""The verbs of the `watchfloor` command, one file each; app.py puts them together."""
