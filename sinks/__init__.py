"""Where alerts and figures go: one file a sink; metrics for Prometheus."""
