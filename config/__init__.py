"""Reads what a county writes into its configuration folder and hands it down as values."""
