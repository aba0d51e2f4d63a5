"""The pages, each with a cheap `layout` that holds no data."""
