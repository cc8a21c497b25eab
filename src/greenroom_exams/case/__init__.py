"""1EdTech CASE packages, read; sql/70_case.sql writes them."""
