"""What the `piccolo` command reads: PICCOLO_CONF=ext.postgres.piccolo_conf."""

from piccolo.conf.apps import AppRegistry

from ext.postgres.engine import BoundEngine

DB = BoundEngine()
APP_REGISTRY = AppRegistry(apps=["ext.postgres.piccolo_app"])
