"""What flows and how it gets in: records, event time, areas, privacy, adapters, sources, shells."""
