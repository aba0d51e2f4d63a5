"""One module a source: `translate(data, codes) -> Report`, pure. What each expects is in docs/feed-protocol.md."""
