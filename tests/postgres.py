"""A real PostgreSQL of our own, on a free port of 127.0.0.1, for tests and benchmarks: made in a folder, ended with it.

The server's programs are the machine's own, or those of the `pgserver` package. As root, which the server refuses to be,
it runs as the user `nobody`.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import URL

PATIENCE_SECONDS: Final = 60
SETTINGS: Final = {
    "shared_buffers": "256MB",
    "max_connections": "60",
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
    "fsync": "off",  # a server that is killed here leaves its machine standing, and with it what it has written
}


class PostgresServer:
    """One server process. `restart()` ends it the hard way and starts it again on the same port.

    `durable`: what is committed is on the disk, as where it is measured how long that takes.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._settings = SETTINGS | {"fsync": "on"} if durable else SETTINGS
        self.port = _free_port()
        self._bin = programs()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
            for parent in folder.resolve().parents:
                if not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._run(
            "initdb", "-D", str(folder / "data"), "-U", "bihuan", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"
        )
        self.start()

    def start(self) -> None:
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        place = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"]
        command = [
            str(self._bin / "postgres"),
            "-D",
            str(self.folder / "data"),
            "-p",
            str(self.port),
            *settings,
            *place,
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_nobody())  # type: ignore[call-overload]
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT disconnects everyone and stops; SIGQUIT stops as a crash would."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def restart(self) -> None:
        self.stop(signal.SIGQUIT)
        self.start()

    def url(self, database: str = "postgres") -> str:
        url = URL.create("postgresql", "bihuan", host="127.0.0.1", port=self.port, database=database)
        return url.render_as_string(hide_password=False)

    def new_database(self, name: str, template: str = "template1") -> str:
        """Create a database like `template`, replacing one of that name; returns its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'.encode())
        return self.url(name)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            capture_output=True,
            check=False,
            **_as_nobody(),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')[-2000:]}")


def programs() -> Path:
    """The folder of `initdb` and `postgres`; raises when the machine has none and `pgserver` is not installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    try:
        import pgserver  # noqa: PLC0415 - only where the machine has no server of its own
    except ImportError:
        raise RuntimeError("no PostgreSQL server found: install it (apt-get install postgresql)") from None
    return Path(pgserver.__file__).parent / "pginstall" / "bin"


def _as_nobody() -> dict[str, object]:
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
