"""How often somebody may ask: policies, and the arithmetic that counts by them."""
