"""One file a dataset; the pack finds them."""
