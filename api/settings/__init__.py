"""Settings: read once from the environment and a TOML file into one frozen Struct."""

from api.settings.declared import SECRETS, Settings
from api.settings.sources import (
    FILE_VARIABLE,
    PREFIX,
    BadSettings,
    Sourced,
    default_data_dir,
    environment_of,
    load,
)

__all__ = [
    "FILE_VARIABLE",
    "PREFIX",
    "SECRETS",
    "BadSettings",
    "Settings",
    "Sourced",
    "default_data_dir",
    "environment_of",
    "load",
]
