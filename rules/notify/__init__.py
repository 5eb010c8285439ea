"""Whom an alert is told, and when: routes, the chain of command, groups, storms, escalation."""
