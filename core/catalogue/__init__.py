"""The catalogue: books, the people and houses behind them, and the rules they obey."""
