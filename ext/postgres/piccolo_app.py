"""The Piccolo app: its tables and where its migrations live."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from ext.postgres import tables
from ext.postgres.migrations import APP_NAME

APP_CONFIG = AppConfig(
    app_name=APP_NAME,
    migrations_folder_path=str(Path(__file__).with_name("migrations")),
    table_classes=[
        tables.Store,
        tables.Author,
        tables.Category,
        tables.Publisher,
        tables.Series,
        tables.Book,
        tables.Reader,
        tables.Review,
        tables.Session,
        tables.Interaction,
    ],
)
