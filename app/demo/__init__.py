"""Draws a small sample library, so that a new server has something to show."""
