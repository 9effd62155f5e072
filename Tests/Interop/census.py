"""The object census for scripts: builds the library, starts servers under it, and asks it."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import faults
from reference_server import BINARY, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIBRARY = pathlib.Path(BINARY).parent / "libInterlockObjectCensus.so"


def build() -> None:
    """The library beside the `interlock` under test."""
    subprocess.run([str(ROOT / "dev/object-census"), str(LIBRARY.parent)], check=True)


def changed(place: pathlib.Path, file: str, text: str, other: str) -> pathlib.Path:
    """The library with one piece of its source replaced."""
    sources = place / "CObjectCensus"
    shutil.copytree(ROOT / "Sources/CObjectCensus", sources)
    before = (sources / file).read_text()
    if text not in before:
        raise SystemExit(f"{file} has no '{text}'")
    (sources / file).write_text(before.replace(text, other, 1))
    library = place / LIBRARY.name
    flags = ["-std=gnu11", "-O2", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden", "-fno-builtin", "-w", "-Wl,-z,now"]
    subprocess.run([compiler(), *flags, f"-I{sources}/include", *map(str, sorted(sources.glob("*.c"))), "-ldl", "-o", str(library)], check=True)
    return library


def compiler() -> str:
    return next(name for name in (os.environ.get("CC", ""), "clang", "cc", "gcc") if name and shutil.which(name))


def compiled(source: str, program: pathlib.Path, *flags: str) -> pathlib.Path:
    """A program in C, or with the flags for it a library."""
    subprocess.run([compiler(), "-O1", "-fno-builtin", "-pthread", *flags, "-x", "c", "-", "-o", str(program)], input=source, text=True, check=True)
    return program


@contextlib.contextmanager
def folder():
    """A private folder with a short name, for sockets."""
    place = tempfile.mkdtemp(prefix="census-", dir="/tmp")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def counted(place: str, library: pathlib.Path = LIBRARY) -> dict[str, str]:
    """The environment that has a process counted in a folder."""
    return {**os.environ, "LD_PRELOAD": str(library), "INTERLOCK_CENSUS": place}


def snapshot(place: str, process: int, question: bytes = b"snapshot\n") -> list[str]:
    """The lines of one answer."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(f"{place}/{process}.sock")
        client.sendall(question)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    return answer.decode(errors="replace").splitlines()


@contextlib.contextmanager
def started(place: str | None, fault: str):
    """URL and process of a faulty server that was started by hand, with the library where there is a folder."""
    port = free_port()
    process = subprocess.Popen(
        [faults.swift_server(), fault, "http", str(port)], env=counted(place) if place else None, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        yield f"http://127.0.0.1:{port}/mcp", process.pid
    finally:
        process.kill()
        process.wait()


def found(answer: dict, operation: str) -> dict[str, dict]:
    """The types that were found in one part, by name."""
    part = next(part for part in answer["parts"] if part["operation"] == operation)
    return {growth["type"]: growth for growth in part["objects"] if growth["found"]}
