"""Commands for people at a terminal, in groups of their own; run.py puts them together and hands them the centre."""
