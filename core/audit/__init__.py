"""Who did what that matters: entries that nobody can change unnoticed."""
