"""Dispatch: alerts from `alerts.log` to channels, each at its pace, and the escalation clock."""
