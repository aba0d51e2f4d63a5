"""What a governance centre knows about its trade: pure functions and frozen values, no I/O, no clock, no screen."""
