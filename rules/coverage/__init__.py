"""Coverage rules: units and areas as columns, who is near whom, which moves were told lately."""
