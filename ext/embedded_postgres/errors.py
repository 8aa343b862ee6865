"""Why the embedded PostgreSQL is away; each says what to do."""

from core.kernel.errors import Unavailable


class EmbeddedPostgresFailed(Unavailable): ...


class BinariesMissing(EmbeddedPostgresFailed): ...


class FolderOutOfReach(EmbeddedPostgresFailed): ...
