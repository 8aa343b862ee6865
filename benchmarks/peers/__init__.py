"""Other engines and services on the same books and questions, each optional: `just bench peers`."""
