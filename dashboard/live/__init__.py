"""The live route: one thread draws, one hub hands the same bytes to every screen."""
