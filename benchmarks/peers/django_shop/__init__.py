"""A bookstore's API in the usual way: Django REST framework, PostgreSQL, scikit-learn, waitress."""
