"""The system account that PostgreSQL runs as: ours, or for root an unprivileged one."""

import os
import pwd
import stat
from pathlib import Path

from msgspec import Struct

from ext.embedded_postgres.errors import EmbeddedPostgresFailed, FolderOutOfReach

UNPRIVILEGED = "nobody"


class Owner(Struct, frozen=True):
    """switch: we are root and must become this account before running PostgreSQL."""

    uid: int
    gid: int
    switch: bool

    def may_run(self, program: Path) -> bool:
        return self.may_enter(program.parent) and self._may(program, stat.S_IXUSR | stat.S_IRUSR)

    def may_enter(self, folder: Path) -> bool:
        return all(self._may(part, stat.S_IXUSR) for part in (folder, *folder.parents))

    def _may(self, path: Path, wanted: int) -> bool:
        """wanted: permission bits as the owner of a file would have them."""
        if not self.switch:
            return os.access(path, os.X_OK)
        found = path.stat()
        shift = 0 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 6
        return found.st_mode & (wanted >> shift) == wanted >> shift

    def make_private_folder(self, folder: Path) -> None:
        """Raises FolderOutOfReach where it exists and belongs to somebody else."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.switch and folder.stat().st_uid == 0:
            os.chown(folder, self.uid, self.gid)
        if folder.is_symlink() or folder.stat().st_uid != self.uid:
            raise FolderOutOfReach(
                f"{folder} belongs to uid {folder.stat().st_uid}, PostgreSQL would run as uid"
                f" {self.uid}",
                remedy="run as that account (or as root), or set another BOOKWHEEL_DATA_DIR",
            )
        folder.chmod(0o700)


def owner_of_cluster(data: Path) -> Owner:
    """Who shall own the cluster's files: whoever does already, else us, else for root `nobody`."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), switch=False)
    if data.exists() and data.stat().st_uid != 0:
        return Owner(data.stat().st_uid, data.stat().st_gid, switch=True)
    try:
        account = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedPostgresFailed(
            f"PostgreSQL refuses to run as root and there is no account {UNPRIVILEGED!r}",
            remedy="run as an ordinary user, or name a server in BOOKWHEEL_DATABASE_URL",
        ) from None
    return Owner(account.pw_uid, account.pw_gid, switch=True)
