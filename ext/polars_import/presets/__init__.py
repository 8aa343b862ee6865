"""Mappings that come with Bookwheel, one TOML file each."""
