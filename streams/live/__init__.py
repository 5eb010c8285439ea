"""The live shell on Faust: the batch transport, the two stages, stored state, pages and logs."""
