"""Readers who never lived: seeded tastes that become views, purchases and ratings."""
