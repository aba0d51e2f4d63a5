"""Builders of page parts: plain values in, a Dash component out."""
