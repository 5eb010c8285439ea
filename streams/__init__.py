"""What flows and how it gets in: records, codec, event time, areas, privacy, adapters, sources, shells."""
