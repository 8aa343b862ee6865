"""Load on a shop: what visitors ask, how long they wait, whether that is good enough."""
