"""A county's three sources, invented: deterministic stories of reports, and senders that speak the feed protocol."""
