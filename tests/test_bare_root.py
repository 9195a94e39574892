"""The README's first command on a system that has Python, its venv module, and nothing else: Debian 12 and 13.

Minutes, root, debootstrap and a network are needed: `python3 dev.py prove bare_root`.
"""

import json
import os
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import ran

ROOT = Path(__file__).parents[1]
LONGEST_S = 1800
#: Of this machine, where it has them: how names are resolved, and whom its network's certificates are signed by.
NETWORK = ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt")
SETTINGS = ("PIP_INDEX_URL", "PIP_CERT", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
SOMEONE = 65534  # nobody

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(2 * LONGEST_S),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("debootstrap"), reason="needs root and debootstrap"
    ),
]


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new system in a folder."""
    place = tmp_path_factory.mktemp(request.param)
    place.chmod(0o755)
    command = [
        "debootstrap",
        "--variant=minbase",
        "--include=python3,python3-venv",
        request.param,
        str(place),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=LONGEST_S)
    for name in NETWORK:
        if Path("/", name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path("/", name), place / name)
    subprocess.run(["mount", "-t", "proc", "proc", place / "proc"], check=True, timeout=60)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place / "proc"], check=True, timeout=60)


@pytest.mark.parametrize("home", [True, False], ids=["with HOME", "without HOME"])
@pytest.mark.parametrize("user", [0, SOMEONE], ids=["root", "an ordinary user"])
def test_the_demo_starts_answers_and_leaves_nothing(bare: Path, user: int, home: bool) -> None:
    project = bare / "srv" / f"{user}-{home}"
    ignored = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, project, ignore=ignored)
    subprocess.run(["chown", "-R", f"{user}:{user}", project], check=True, timeout=60)
    inside = project.relative_to(bare)
    variables = {name: os.environ[name] for name in SETTINGS if name in os.environ}
    variables |= {
        "PATH": "/usr/sbin:/usr/bin:/bin",
        "BARE": str(inside),
        **({"HOME": f"/{inside}"} if home else {}),
    }
    command = [
        "chroot",
        f"--userspec={user}:{user}",
        bare,
        "sh",
        "-c",
        f"cd /{inside} && exec python3 dev.py demo --json",
    ]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            described = json.loads(demo.stdout.readline())
            with urllib.request.urlopen(described["gateway"] + "/health", timeout=60) as answer:
                assert answer.status == 200
            demo.send_signal(signal.SIGINT)
            assert demo.wait(120) == 0
        finally:
            demo.kill()
    assert left(f"BARE={inside}") == []
    made = ran(["chroot", bare, f"/{inside}/.venv/bin/chat-gateway", "--version"])
    assert made.returncode == 0, made.stderr


def left(mark: str) -> list[str]:
    """The processes whose environment has this."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().decode(errors="replace").split("\0"):
                found.append((process / "cmdline").read_text(errors="replace"))
        except OSError:  # it ended meanwhile
            continue
    return found
