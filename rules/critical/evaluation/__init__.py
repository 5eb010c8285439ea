"""How good the matcher is: labelled lines in, figures with their intervals out."""
