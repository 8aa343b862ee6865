"""PostgreSQL: the schema and its migrations, and one module for each capability that stores."""
