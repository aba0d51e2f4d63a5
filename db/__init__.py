"""The only home of SQL: storage, the journal, queries and commands. Knows nothing of sockets, screens or settings."""
