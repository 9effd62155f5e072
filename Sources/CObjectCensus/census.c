/* Answers who asks for a snapshot: one thread behind a Unix socket, from before the program's main on. */

#if defined(__linux__)
#define _GNU_SOURCE

#include <CObjectCensus.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "blocks.h"
#include "foreign.h"
#include "tally.h"

static int listener = -1;
static pid_t owner;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* What is to be sent to the client at hand; only the census's thread writes here. */
static char waiting[8192];
static size_t waiting_count;
static int client;

static void send_waiting(void) {
    for (size_t sent = 0; client >= 0 && sent < waiting_count;) {
        ssize_t now = send(client, waiting + sent, waiting_count - sent, MSG_NOSIGNAL);
        if (now > 0) {
            sent += (size_t)now;
        } else if (errno != EINTR) {
            /* It has gone, or does not read. */
            close(client);
            client = -1;
        }
    }
    waiting_count = 0;
}

static void add_line(const char *line, int length) {
    if (length <= 0) return;
    if (waiting_count + (size_t)length > sizeof waiting) send_waiting();
    memcpy(waiting + waiting_count, line, (size_t)length);
    waiting_count += (size_t)length;
}

static void add_figures(const char *kind, uint64_t count, uint64_t bytes, const char *name) {
    char line[512];
    int length = snprintf(line, sizeof line, "%s %llu %llu %s\n", kind, (unsigned long long)count, (unsigned long long)bytes, name);
    add_line(line, length < (int)sizeof line ? length : (int)sizeof line - 1);
}

static void answer(void) {
    if (!census_foreign_open()) return;
    if (!census_mappings_load()) return census_foreign_close();
    if (census_tally_begin()) {
        for (unsigned shard = 0; shard < CENSUS_SHARDS; shard++) census_tally_shard(shard);
        uint64_t lost, lost_bytes, own;
        census_losses(&lost, &lost_bytes, &own);
        char line[320];
        add_line(line, snprintf(line, sizeof line, INTERLOCK_CENSUS_GREETING "\nprocess %d\nblocks %llu %llu\nlost %llu %llu\nown %llu\n", (int)owner,
            (unsigned long long)census_tally_blocks(), (unsigned long long)census_tally_bytes(), (unsigned long long)lost,
            (unsigned long long)lost_bytes, (unsigned long long)own));
        census_tally_each(add_figures);
        add_line("end\n", 4);
        census_tally_end();
        send_waiting();
    }
    census_mappings_unload();
    census_foreign_close();
}

/* The same user, or root. */
static bool may_ask(int socket) {
    struct ucred its;
    socklen_t size = sizeof its;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &its, &size) == 0 && (its.uid == geteuid() || its.uid == 0);
}

static bool asks_for_snapshot(int socket) {
    static const char question[] = "snapshot\n";
    char text[sizeof question - 1];
    for (size_t count = 0; count < sizeof text;) {
        ssize_t now = recv(socket, text + count, sizeof text - count, 0);
        if (now <= 0) return false;
        count += (size_t)now;
    }
    return memcmp(text, question, sizeof text) == 0;
}

static void *serve(void *unused) {
    (void)unused;
    for (;;) {
        client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) {
            if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK) return NULL; /* the program has closed what is not its own */
            (void)poll(NULL, 0, 50);
            continue;
        }
        struct timeval patience = {.tv_sec = 5};
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (may_ask(client) && asks_for_snapshot(client)) answer();
        if (client >= 0) close(client);
    }
}

static void give_up(const char *what) {
    char line[256];
    int length = snprintf(line, sizeof line, "interlock census: %s: %s; objects of process %d are not counted\n", what, strerror(errno), (int)getpid());
    if (length > 0 && write(STDERR_FILENO, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1) < 0) errno = 0;
    if (listener >= 0) close(listener);
    listener = -1;
    census_stop();
}

static bool start_thread(void) {
    /* The program's signals are the program's: none of them may come to this thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread, &attributes, serve, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (code == 0) pthread_setname_np(thread, "object-census");
    errno = code;
    return code == 0;
}

/* A forked child has no thread that would answer, and its tables would only cost memory. */
static void stop_in_child(void) {
    census_unlock_all();
    census_stop();
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("INTERLOCK_CENSUS");
    if (folder == NULL || *folder == '\0') return census_stop();
    census_settle();
    owner = getpid();
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/%d.sock", folder, (int)owner);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return give_up("the folder INTERLOCK_CENSUS");
    }
    (void)unlink(address.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) return give_up("socket");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) return give_up(address.sun_path);
    (void)chmod(address.sun_path, S_IRUSR | S_IWUSR);
    if (listen(listener, 4) != 0) return give_up("listen");
    if (pthread_atfork(census_lock_all, census_unlock_all, stop_in_child) != 0 || !start_thread()) give_up("thread");
}

__attribute__((destructor)) static void end(void) {
    if (listener >= 0 && owner == getpid()) (void)unlink(address.sun_path);
}

#endif
