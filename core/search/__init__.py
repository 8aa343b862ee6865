"""Search: from what a person typed to the books they meant, ranked, counted and explained."""
