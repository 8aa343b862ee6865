"""Who is asking: accounts, roles, sessions."""
