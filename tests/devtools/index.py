"""A package index on this machine, and packages made for it: small, but real wheels over real HTTP."""

import base64
import contextlib
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONGEST_S = 120


def wheel(name: str, version: str, needs: tuple[str, ...] = (), filler: int = 0) -> bytes:
    """A package of one module, ``filler`` bytes long, that says its version."""
    module, information = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    description = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    files = {
        f"{module}.py": f"VERSION = {version!r}\n" + "#" * filler,
        f"{information}/METADATA": "\n".join(
            [*description, *(f"Requires-Dist: {need}" for need in needs), ""]
        ),
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{file},{digest(text)},{len(text)}\n" for file, text in files.items()]
    files[f"{information}/RECORD"] = "".join(record) + f"{information}/RECORD,,\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return packed.getvalue()


def digest(text: str) -> str:
    hashed = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


class Index:
    """What it offers, and which of its files nobody gets until somebody says so."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.held = ""
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def add(self, name: str, version: str, needs: tuple[str, ...] = (), filler: int = 0) -> str:
        """Offer a version of a package; gives its line in a lock."""
        packed = wheel(name, version, needs, filler)
        self.files[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"] = packed
        return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(packed).hexdigest()}\n"

    def page(self, name: str) -> bytes:
        start = name.replace("-", "_") + "-"
        files = [file for file in self.files if file.startswith(start) and file[len(start)].isdigit()]
        return "".join(f'<a href="/files/{file}">{file}</a>\n' for file in files).encode()

    def answer(self, path: str) -> bytes | None:
        kind, _, name = path.strip("/").partition("/")
        if kind == "simple":
            return self.page(name)
        if self.held and name.startswith(self.held):
            self.reached.set()
            self.go_on.wait(LONGEST_S)
        return self.files.get(name)


@contextlib.contextmanager
def serving() -> Iterator[Index]:
    """An empty index at work."""
    index = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = index.answer(self.path)
            with contextlib.suppress(OSError):  # whoever asked may have been killed meanwhile
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html" if "simple" in self.path else "application/zip")
                self.send_header("Content-Length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        index.url = f"http://127.0.0.1:{server.server_port}/simple/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield index
        finally:
            index.go_on.set()
            server.shutdown()
