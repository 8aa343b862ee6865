"""How good a ranking is, measured against what people judged."""
