"""Coverage rules: areas as columns, who is near whom, and which moves were told lately."""
