"""PgBouncer in transaction mode between the tests and PostgreSQL, with the product's own settings (make pooled)."""

import configparser
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg

from tests.acts import eventually
from tests.databases import OWNER_URL, RUN_TIME_URL
from tests.unprivileged import ROOT, environment, give, unprivileged

PORT = "6432"  # names its socket, nothing more


class Bouncer:
    """Its own folder, socket and process; `address` is DATABASE_URL's with its socket in place of the server's."""

    def __init__(self) -> None:
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "make pooled needs PgBouncer (Debian: apt-get install pgbouncer)"
        self.folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
        give(self.folder)
        url = urlsplit(os.environ[RUN_TIME_URL])
        self.address = f"postgres://{url.username}@:{PORT}{url.path}?host={quote(str(self.folder), safe='')}"
        # xdist's workers inherit the other address from their parent, as it has made it.
        server = parse_qs(urlsplit(os.environ[OWNER_URL]).query)["host"][0]
        self._write_settings(server, str(url.username))
        self._process = subprocess.Popen(
            unprivileged(program, "-q", self.folder / "pgbouncer.ini", with_us=True), env=environment()
        )
        eventually(self._answers, "PgBouncer", 20)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self.folder)

    def _write_settings(self, server: str, user: str) -> None:
        ini = configparser.ConfigParser(interpolation=None, delimiters=["="])
        ini.read(ROOT / "deploy" / "pgbouncer.ini")
        ini["databases"]["*"] = ini["databases"]["*"].replace("host=db.example port=5432", f"host={server}")
        (self.folder / "users").write_text(f'"{user}" ""\n')
        ini["pgbouncer"].update(
            {
                "listen_addr": "", "listen_port": PORT, "unix_socket_dir": str(self.folder), "auth_type": "trust",
                "auth_file": str(self.folder / "users"), "logfile": str(self.folder / "log"),
            }
        )  # fmt: skip
        with (self.folder / "pgbouncer.ini").open("w") as file:
            ini.write(file)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "PgBouncer has ended"
        try:
            with psycopg.connect(self.address):
                return True
        except psycopg.OperationalError:
            return False
