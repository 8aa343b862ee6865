"""Recommendations: from what readers did to the books they will want, each with its reason."""
