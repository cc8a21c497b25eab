"""Families of layouts, named after what was met on paper; boards share them."""
