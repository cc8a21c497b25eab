"""Plain frozen data: what a pack declares and what the steps hand on. No input or output."""
