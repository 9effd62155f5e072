"""`interlock leak --objects` on real Swift servers: the planted type is named with its number, and none where nothing is kept.

Also that the library which counts disturbs nobody: its counts fit those of programs that know their own, from one thread and from many, across
fork and exec; `interlock serve` runs under it; a server that was not started with it is refused. Needs a C compiler.
"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

import faults
from census import LIBRARY, build, changed, compiled, counted, folder, found, snapshot, started
from reference_server import BINARY, check, free_port, report

WORK = ("--tool", 'work={"text":"a"}')
LEAKED = "_ContiguousArrayStorage<UInt8>"
# Allocates and frees from many threads, keeps what it says it keeps, and then waits to be counted.
HAMMER = r"""
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, KEPT = 1000, ROUNDS = 200000 };
/* So many bytes and up to 63 more: a size that nothing else of this program has. */
enum { SIZE = 5000 };
static void *kept[THREADS][KEPT];
static void *passed[THREADS][KEPT];

static unsigned next(unsigned *seed) { return *seed = *seed * 1664525u + 1013904223u; }

static void *hammer(void *argument) {
    long self = (long)argument;
    unsigned seed = (unsigned)self + 1;
    for (int round = 0; round < ROUNDS; round++) {
        void **place = &kept[self][next(&seed) % KEPT];
        size_t size = SIZE + next(&seed) % 64;
        switch (next(&seed) >> 16 & 7) {
        case 0: free(*place); *place = malloc(size); break;
        case 1: free(*place); *place = calloc(1, size); break;
        case 2: free(*place); *place = memalign(64, size); break;
        case 3: free(*place); *place = aligned_alloc(128, size); break;
        case 4: free(*place); if (posix_memalign(place, 256, size) != 0) abort(); break;
        case 5: free(*place); *place = NULL; break;
        default: *place = realloc(*place, size);
        }
        if (next(&seed) % 16 == 0) { /* freed by another thread */
            void **there = &passed[(self + 1) % THREADS][next(&seed) % KEPT];
            *place = __atomic_exchange_n(there, *place, __ATOMIC_ACQ_REL);
        }
    }
    return NULL;
}

/* Metadata of a class as the compiler writes it, and others that are wrong in one thing each. */
static struct metadata {
    uintptr_t destroy, witnesses, kind, superclass;
    uint32_t flags, address_point, size, alignment, class_size, class_address_point;
    uintptr_t description;
} metadata[16];
static struct descriptor { int32_t flags, parent, name, rest[12]; } descriptors[8] = {{.flags = 16}}; /* in the file, as no zeroes would be */
static char name[] = "Truth";

static void tell_lies(void) {
    uintptr_t nowhere = (uintptr_t)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), code = (uintptr_t)hammer;
    struct descriptor *no_file = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    for (int at = 0; at < 8; at++) descriptors[at] = (struct descriptor){.flags = 16, .name = (int32_t)(name - (char *)&descriptors[at].name)};
    *no_file = (struct descriptor){.flags = 16, .name = (int32_t)sizeof *no_file};
    __builtin_strcpy((char *)&no_file->name + sizeof *no_file, name);
    for (int at = 0; at < 16; at++) {
        metadata[at] = (struct metadata){
            .destroy = code, .flags = 2, .size = 16, .class_size = 96, .class_address_point = 24, .description = (uintptr_t)&descriptors[0]};
    }
    /* 0 is right. */
    metadata[1].destroy = (uintptr_t)name;
    metadata[2].destroy = nowhere;
    metadata[3].flags = 0;
    metadata[4].size = 48; /* more than the block has */
    metadata[5].description = nowhere;
    metadata[6].description = (uintptr_t)no_file;
    metadata[7].description = (uintptr_t)&descriptors[1], descriptors[1].flags = 17;
    metadata[8].description = (uintptr_t)&descriptors[2], descriptors[2].name = 0x7ffffff0;
    metadata[9].description = UINTPTR_MAX - 7;
    metadata[10].class_address_point = 0;
    metadata[11].kind = 0x200;
    metadata[12].kind = 0x400, metadata[12].flags = 0, metadata[12].superclass = 16; /* of these nothing but the kind says what they are */
    metadata[13].kind = 0x500;
    metadata[14].kind = 0x501;
    metadata[15].description = (uintptr_t)&descriptors[3], descriptors[3].parent = 1; /* named, and the way to what is around it leads astray */
    uintptr_t words[] = {1, nowhere, nowhere - 8, nowhere + 4096, code, UINTPTR_MAX, (uintptr_t)words, (uintptr_t)&metadata[0].kind + 1};
    for (int at = 0; at < 24; at++) {
        uintptr_t *block = malloc(40);
        for (int word = 0; word < 5; word++) block[word] = word == 2 ? nowhere : 0;
        block[0] = at < 16 ? (uintptr_t)&metadata[at].kind : words[at - 16];
        kept[0][at] = block;
    }
}

int main(int count, char **words) {
    (void)words;
    pthread_t threads[THREADS];
    for (long self = 0; self < THREADS; self++) pthread_create(&threads[self], NULL, hammer, (void *)self);
    for (int child = 0; child < 20; child++) { /* forks amid it all; a child that allocates must not hang */
        pid_t its = fork();
        if (its == 0) {
            for (int round = 0; round < 1000; round++) free(realloc(malloc(100), 1000)), kept[0][round] = malloc(100);
            _exit(0);
        }
        int status = 0;
        if (waitpid(its, &status, 0) != its || status != 0) abort();
    }
    for (int self = 0; self < THREADS; self++) pthread_join(threads[self], NULL);
    /* What is left, made new with sizes that are known. */
    long blocks = 0;
    unsigned long long bytes = 0;
    for (int self = 0; self < THREADS; self++) for (int at = 0; at < KEPT; at++) {
        free(passed[self][at]);
        free(kept[self][at]);
        kept[self][at] = NULL;
        if ((self + at) % 3 == 0) continue;
        size_t size = SIZE + (size_t)at % 64;
        kept[self][at] = malloc(size);
        blocks++;
        bytes += size;
    }
    for (int at = 0; at < 24; at++) {
        blocks -= kept[0][at] != NULL;
        bytes -= kept[0][at] != NULL ? SIZE + (size_t)at % 64 : 0;
        free(kept[0][at]);
    }
    tell_lies();
    printf("%ld %llu\n", blocks, bytes);
    fflush(stdout);
    if (count > 1) return 3;
    return getchar() == EOF ? 0 : 4;
}
"""


# So many objects of each kind, and nothing else of these types.
SHAPES = r"""
import Glibc

class Base {}
final class Pair<A, B>: Base {
    var a: A, b: B
    init(_ a: A, _ b: B) { (self.a, self.b) = (a, b) }
}
protocol Shape: AnyObject {}
enum Outer {
    final class Inner: Shape { var x = 1 }
    struct Value: Hashable { var n = 0 }
}
struct Failure: Error { var text: String, more = (1, 2, 3, 4) }
private final class Hidden { var x = 1 }
func many<T>(_ count: Int, _ make: (Int) -> T) -> [T] { (0..<count).map(make) }
func ofFunction() -> [AnyObject] {
    final class Local {}
    return many(88) { _ in Local() }
}
let pairs = many(101) { Pair($0, "\($0)") }, inner = many(202) { _ in Outer.Inner() }, failures = many(303) { Failure(text: "\($0)") as any Error }
private let hidden = many(404) { _ in Hidden() }
let nested = many(7) { Pair<[Int: any Shape], (Outer.Value?, () -> Void)>([$0: Outer.Inner()], (nil, {})) }
let sets = many(77) { Set([Outer.Value(n: $0)]) }, locals = ofFunction()
print(pairs.count)
fflush(stdout)
_ = readLine()
withExtendedLifetime((pairs, inner, failures, hidden, nested, sets, locals)) {}
"""
SHAPED = {
    "shapes.Pair<Int, String>": 101, "shapes.Outer.Inner": 209, "error shapes.Failure": 303, "shapes.Hidden": 404, "_SetStorage<shapes.Outer.Value>": 77,
    "shapes.Pair<Dictionary<Int, any shapes.Shape>, (Optional<shapes.Outer.Value>, function)>": 7, "_DictionaryStorage<Int, any shapes.Shape>": 7,
    "shapes.Local": 88,
}


def others(lines: list[str], most: int) -> tuple[int, int]:
    """How many blocks of a size class there are, and their bytes."""
    for line in lines:
        words = line.split(" ", 3)
        if words[0] == "other" and words[3] == str(most):
            return int(words[1]), int(words[2])
    return 0, 0


def hammered(place: str, program: pathlib.Path, library: pathlib.Path = LIBRARY, patience: float = 60) -> str:
    process = subprocess.Popen(
        [str(program)], env=counted(place, library), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True)
    try:
        answer = select.select([process.stdout], [], [], patience)[0] and process.stdout.readline()
        check(bool(answer), "the program under the census does not get done")
        blocks, size = map(int, answer.split())
        for _ in range(3):
            lines = snapshot(place, process.pid)
            check(lines[0] == "interlock-census 1" and lines[-1] == "end", f"the form of an answer: {lines[:3]} … {lines[-1:]}")
            found = others(lines, 8192)
            check(found == (blocks, size), f"{blocks} blocks of {size} bytes live, counted {found}")
            # Of blocks that say what they are, those are named that are right, and the three with no more than a kind; none makes it read what is not there.
            named = sorted(line.split("+")[0] for line in lines if line.startswith("swift"))
            expected = ["swift 1 40 Truth", "swift 1 40 Truth", "swift 1 40 box of ?", "swift 1 40 closure or box, hammer", "swift 1 40 error ?"]
            check(named == expected, f"what is named in a program in C: {named}")
        check(snapshot(place, process.pid, b"anything\n") == [], "another question has no answer")
        check(snapshot(place, process.pid)[-1] == "end", "and the next has one")
        process.stdin.close()
        check(process.wait(30) == 0, f"the program under the census ended with {process.returncode}")
    finally:
        # Its children with it, where one hangs.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    check(not os.path.exists(f"{place}/{process.pid}.sock"), "the socket ends with its process")
    code = subprocess.run(["timeout", "-k", "1", f"{patience}", str(program), "3"], env=counted(place, library), capture_output=True).returncode
    check(code == 3, f"an exit code stays what it is: {code}")
    return f"a program of eight threads: {blocks} blocks, {size} bytes, counted to the byte"


CROWD = r"""
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 200000 };
static void *kept[BLOCKS];

int main(void) {
    for (int at = 0; at < BLOCKS; at++) kept[at] = malloc(40);
    puts("done");
    fflush(stdout);
    getchar();
    for (int at = 0; at < BLOCKS; at++) free(kept[at]);
    puts("done");
    fflush(stdout);
    getchar();
    return 0;
}
"""


def crowded(library: pathlib.Path, most: int) -> None:
    """200,000 blocks where there is room for so many: those are counted, the others are counted as lost, and all can be freed."""
    with folder() as place:
        program = compiled(CROWD, pathlib.Path(place) / "crowd")
        process = subprocess.Popen([str(program)], env=counted(place, library), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            process.stdout.readline()
            figures = [line.split() for line in snapshot(place, process.pid)]
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
            left = [line.split() for line in snapshot(place, process.pid)]
            process.stdin.close()
            check(process.wait(30) == 0, "a program with many blocks ends as it should")
        finally:
            process.kill()
            process.wait()
    (blocks, lost), rest = (int(next(words for words in figures if words[0] == kind)[1]) for kind in ("blocks", "lost")), int(left[2][1])
    check(abs(blocks - min(200_000, most)) < 100 and abs(blocks + lost - 200_000) < 100, f"room for {most} of 200000 blocks: {blocks} counted, {lost} lost")
    check(rest < 100, f"{rest} blocks are left of {blocks} that were freed")


def rooms(program: pathlib.Path) -> None:
    """Tables that grow from next to nothing, and tables that must not grow."""
    with folder() as place:
        hammered(place, program, changed(pathlib.Path(place), "blocks.c", "FIRST_PLACES = 2048", "FIRST_PLACES = 32"))
    with folder() as place:
        crowded(changed(pathlib.Path(place), "blocks.h", "CENSUS_SHARD_PLACES = 1 << 17", "CENSUS_SHARD_PLACES = 1 << 11"), 64 * 1920)
    crowded(LIBRARY, 7_864_320)
    print("tables grow, and what they have no room for is counted as lost", flush=True)


# What the library relies on, each with what takes it away.
GUARDS = {
    "a block is taken out before it is reallocated": ("interpose.c", "bool was_in = census_leave(block, &had);", "bool was_in = false;"),
    "those behind a hole move up": ("blocks.c", "            its->places[hole] = its->places[next];\n            hole = next;", ""),
    "no lock is held across fork": ("census.c", "pthread_atfork(census_lock_all, census_unlock_all, stop_in_child) != 0 || ", ""),
    "foreign memory is read by the kernel": (
        "foreign.c", "ssize_t written = write(", "__builtin_memcpy(bytes, (void *)address, count); return true; ssize_t written = write("),
    "what destroys an object is code": ("metadata.c", " || !is_code(words[0])", ""),
    "a class is counted by Swift": ("metadata.c", "(fields.flags & uses_swift_counting) == 0 || ", ""),
    "metadata begins behind its head": ("metadata.c", "fields.class_address_point < OBJECT_HEADER || ", ""),
    "a class's descriptor is one of a class": ("context.c", " && kind(&its) == CLASS;", ";"),
    "descriptors lie in files": ("context.c", "its->can_read && its->has_file;", "its->can_read;"),
    "a block is as large as its type": ("tally.c", "    if (block->size < its->least_size) return count_other(block->size);\n", ""),
}


def controls(program: pathlib.Path) -> None:
    """Without any one of its guards the library must fail the test that it passes with all of them."""
    def seen(guard: tuple[str, str, str]) -> bool:
        with folder() as place:
            library = changed(pathlib.Path(place), *guard)
            try:
                hammered(place, program, library, patience=20)
            except (SystemExit, OSError, ValueError, IndexError):
                return True
        return False
    for name, guard in GUARDS.items():
        check(seen(guard), f"the test does not notice that '{name}' is not so any more")
    print(f"each of {len(GUARDS)} guards of the library is needed", flush=True)


def shaped(place: str, *flags: str) -> None:
    """Objects whose number is known are counted under their names, to the last one."""
    program = pathlib.Path(place) / "shapes"
    source = pathlib.Path(place) / "shapes.swift"
    source.write_text(SHAPES)
    subprocess.run(["swiftc", *flags, "-module-name", "shapes", str(source), "-o", str(program)], check=True, timeout=300)
    process = subprocess.Popen([str(program)], env=counted(place), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        lines = snapshot(place, process.pid)
        counts: dict[str, int] = {}
        for _, count, _, name in (line.split(" ", 3) for line in lines if line.startswith("swift ")):
            counts[name] = counts.get(name, 0) + int(count)
        wrong = {name: (count, counts.get(name)) for name, count in SHAPED.items() if counts.get(name) != count}
        check(not wrong, f"counts of {flags}, expected and found: {wrong} in {counts}")
        process.stdin.close()
        check(process.wait(30) == 0, f"a Swift program under the census ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()
    print(f"a Swift program ({' '.join(flags)}): {len(SHAPED)} types counted to the object", flush=True)


def python(place: str) -> None:
    """Another program's allocations, threads, a child by exec and one by fork, all under the census."""
    script = "import threading, subprocess, os, sys\n" \
        "def f():\n    for _ in range(20000): x = [bytes(900) for _ in range(3)]\n" \
        "threads = [threading.Thread(target=f) for _ in range(4)]\n[t.start() for t in threads]\n" \
        "out = subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout\n[t.join() for t in threads]\n" \
        "child = os.fork()\nif child == 0: os._exit(len([bytes(10000) for _ in range(50)]))\n" \
        "print(out.strip(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    result = subprocess.run([sys.executable, "-c", script], env=counted(place), capture_output=True, text=True, timeout=120)
    check((result.returncode, result.stdout, result.stderr) == (0, "42 50\n", ""), f"python3 under the census: {result}")
    plain = subprocess.run(["/bin/sh", "-c", "echo one"], env={**os.environ, "LD_PRELOAD": str(LIBRARY)}, capture_output=True, text=True, timeout=30)
    check((plain.returncode, plain.stdout, plain.stderr) == (0, "one\n", ""), f"the library without a folder: {plain}")
    refused = subprocess.run(["/bin/sh", "-c", "echo one"], env=counted("/nowhere/at/all"), capture_output=True, text=True, timeout=30)
    check(refused.stdout == "one\n" and "not counted" in refused.stderr, f"a folder that is not there: {refused}")


def serve(place: str) -> None:
    """Some hundred calls of the reference server under the census: it answers, is counted, and ends as it always does."""
    port = free_port()
    process = subprocess.Popen([BINARY, "serve", "--port", str(port)], env=counted(place), stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                if urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1).status == 200:
                    break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        tool = ["--tool", "count_words", "--arguments", '{"text":"a b c"}']
        result = subprocess.run([BINARY, "bench", *tool, "--rate", "100", "-d", "5s", "--json", f"http://127.0.0.1:{port}/mcp"], capture_output=True, text=True, timeout=60)
        check(bool(result.stdout) and json.loads(result.stdout)["total"]["ok"] == 500, f"500 calls under the census: {result.returncode} {result.stdout[:400]} {result.stderr}")
        lines = snapshot(place, process.pid)
        names = [line.split(" ", 3)[3] for line in lines if line.startswith("swift ")]
        check(any(name.startswith("InterlockServer.") for name in names), f"objects of the server are named: {names[:40]}")
        check(any(name.startswith("NIO") for name in names), f"objects of what it uses are named: {names[:40]}")
        print(f"interlock serve under the census: {len(lines)} lines, {len(set(names))} types, {lines[2]}", flush=True)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(40)
    check(code == 0, f"interlock serve under the census ended with {code}")


def near(value: float, expected: float) -> bool:
    return abs(value / expected - 1) <= 0.15


def leaking_calls() -> None:
    page = pathlib.Path(tempfile.mkdtemp()) / "leak.html"
    limits = ("--duration", "40s", "--cycles", "3000", "--idle", "1s", *WORK)
    code, answer, errors = faults.interlock("leak", "--objects", "--html", str(page), *limits, "--", faults.swift_server(), "leak-call", "stdio")
    check(bool(answer), f"leak --objects: {code} {errors}")
    types = found(answer, "work")
    leaked = types.get(LEAKED, {})
    check(code == 7 and bool(leaked), f"leak-call over stdio: {code}, found {list(types)}; {answer['parts'][-1]['objects'][:5]}")
    check(near(leaked["countPerCycle"], 1) and near(leaked["bytesPerCycle"], 1024), f"one of a kilobyte a call: {leaked}")
    check(set(types) == {LEAKED}, f"nothing else is named: {list(types)}")
    check(LEAKED in answer["objects"] and "+1.00 objects a call" in answer["objects"], f"the sentence: {answer['objects']}")
    check("Live objects by type" in page.read_text() and "_ContiguousArrayStorage&lt;UInt8&gt;" in page.read_text(), "the page has the type")
    shutil.rmtree(page.parent)
    words = ("leak", "--objects", "--duration", "20s", "--cycles", "1500", "--idle", "0s", *WORK, "--", faults.swift_server(), "leak-call", "stdio")
    text = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=60).stdout
    check(f"By type: {LEAKED}: +1.00 objects a call" in text.splitlines()[0], f"the first line: {text}")
    check(f"  objects: {LEAKED}: +1.00 objects a call, 1,008 bytes a call (" in text, f"the part's line: {text}")
    print(f"leak-call, stdio: {answer['objects']}", flush=True)


def leaking_sessions() -> None:
    with folder() as place, started(place, "leak-session") as (url, _):
        code, answer, errors = faults.interlock("leak", "--objects", "--duration", "40s", "--cycles", "500", "--idle", "0s", "--sessions", url)
    check(bool(answer), f"leak --objects --sessions: {code} {errors}")
    leaked = found(answer, "sessions").get(LEAKED, {})
    check(code == 7 and bool(leaked), f"leak-session: {code}, {answer['parts'][-1]['objects'][:5]}")
    check(near(leaked["countPerCycle"], 1) and near(leaked["bytesPerCycle"], 50 * 1024), f"one of 50 KB a session: {leaked}")
    print(f"leak-session, HTTP: {answer['objects']}", flush=True)


def sound() -> None:
    limits = ("--objects", "--duration", "40s", "--cycles", "3000", "--idle", "1s", *WORK)
    # Through a shell, which is counted too: a command is often a wrapper.
    code, answer, errors = faults.interlock("leak", *limits, "--", "/bin/sh", "-c", f"'{faults.swift_server()}' none stdio; exit 0")
    check(bool(answer) and answer["objects"] is None and code in (0, 8), f"none: {code} {answer.get('objects')} {errors}")
    check(not found(answer, "work"), f"none: nothing is named: {found(answer, 'work')}")
    check(answer["parts"][-1]["objects"] is not None, "but it was counted")
    # The control: the same leak without the library is measured, and nothing is named.
    code, answer, errors = faults.interlock("leak", *limits[1:], "--", faults.swift_server(), "leak-call", "stdio")
    check(code == 7 and answer["objects"] is None and answer["parts"][-1]["objects"] is None, f"without --objects: {code} {answer.get('objects')} {errors}")
    print("none, and a leak without the library: nothing is named", flush=True)


def refused() -> None:
    with faults.serving("none", "swift") as url:
        code, answer, errors = faults.interlock("leak", "--objects", "--duration", "3s", *WORK, url)
        check(code == 1 and not answer and "LD_PRELOAD=" in errors and "INTERLOCK_CENSUS=" in errors, f"a URL without the library: {code} {errors}")
    code, answer, errors = faults.interlock("leak", "--objects", "--objects-library", "/no/such.so", "--", faults.swift_server(), "none", "stdio")
    check(code == 1 and "/no/such.so" in errors and "dev/object-census" in errors, f"no library: {code} {errors}")
    cleared = ("/usr/bin/env", "-u", "INTERLOCK_CENSUS", faults.swift_server(), "none", "stdio")
    code, answer, errors = faults.interlock("leak", "--objects", "--duration", "3s", *WORK, "--", *cleared)
    check(code == 1 and "clears its environment" in errors, f"a command that clears its environment: {code} {errors}")
    left = [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("interlock-census-")]
    check(not left, f"folders are left behind: {left}")
    print("what cannot be counted is refused with the way to do it", flush=True)


def main() -> None:
    build()
    needed = subprocess.run(["readelf", "-d", str(LIBRARY)], capture_output=True, text=True).stdout if shutil.which("readelf") else ""
    check("libswift" not in needed, f"the library needs Swift's: {needed}")
    with folder() as place:
        program = compiled(HAMMER, pathlib.Path(place) / "hammer")
        print(hammered(place, program), flush=True)
        rooms(program)
        controls(program)
        shaped(place, "-Onone")
        # With a Swift runtime of its own, which the library must not bring a second of.
        shaped(place, "-O", "-static-stdlib")
        python(place)
        serve(place)
    refused()
    with concurrent.futures.ThreadPoolExecutor(2) as lanes:
        for lane in concurrent.futures.as_completed([lanes.submit(leaking_calls), lanes.submit(leaking_sessions)]):
            lane.result()
    sound()
    report("live objects by type")


if sys.platform != "linux":
    print("SKIPPED: objects are counted on Linux only")
else:
    main()
