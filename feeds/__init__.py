"""The wing that listens: protocol, translation and the one writer. Knows nothing of screens."""
