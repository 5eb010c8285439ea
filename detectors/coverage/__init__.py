"""The arithmetic of coverage: load, strength, units needed, the gap, and moves that close it.

Columns over areas in, columns out; time and service times are arguments. In the order of use:
`arrivals` and `service` give rates and times, `load` makes Erlangs of them, `strength` adds up
units, `queueing`, `travel` and `requirement` say how many are needed, `gap` how many are missing,
`redeployment` who could help, `reserve` and `responses` what the desk should know besides.
"""
