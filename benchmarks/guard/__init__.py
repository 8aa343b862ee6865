"""Has something become slower? `just bench guard` compares with what was measured and committed."""
