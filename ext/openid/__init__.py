"""Providers of OpenID Connect: found, asked, and believed only as far as their signature goes."""
