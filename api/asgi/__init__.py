"""What stands between the server and the routes: pure ASGI, one pass a request."""
