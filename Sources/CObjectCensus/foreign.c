#if defined(__linux__)
#define _GNU_SOURCE

#include "foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BATCH = 512, WORDS_BYTES = sizeof(((census_observed *)0)->words) };

static int pipe_ends[2] = {-1, -1};

bool census_foreign_open(void) { return pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) == 0; }

void census_foreign_close(void) {
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    pipe_ends[0] = pipe_ends[1] = -1;
}

/* Takes so many bytes that lie in the pipe already. */
static bool take(void *bytes, size_t count) {
    for (size_t taken = 0; taken < count;) {
        ssize_t now = read(pipe_ends[0], (char *)bytes + taken, count - taken);
        if (now <= 0 && errno != EINTR) return false;
        if (now > 0) taken += (size_t)now;
    }
    return true;
}

static void drain(size_t count) {
    char bytes[256];
    while (count > 0) {
        size_t now = count < sizeof bytes ? count : sizeof bytes;
        if (!take(bytes, now)) return;
        count -= now;
    }
}

bool census_foreign_read(uintptr_t address, void *bytes, size_t count) {
    ssize_t written = write(pipe_ends[1], (const void *)address, count);
    if (written == (ssize_t)count) return take(bytes, count);
    if (written > 0) drain((size_t)written);
    return false;
}

void census_foreign_first_words(census_observed *blocks, size_t count) {
    for (size_t from = 0; from < count; from += BATCH) {
        size_t some = count - from < BATCH ? count - from : BATCH;
        struct iovec pieces[BATCH], places[BATCH];
        for (size_t index = 0; index < some; index++) {
            pieces[index] = (struct iovec){(void *)blocks[from + index].address, WORDS_BYTES};
            places[index] = (struct iovec){blocks[from + index].words, WORDS_BYTES};
        }
        ssize_t written = writev(pipe_ends[1], pieces, (int)some);
        if (written == (ssize_t)(some * WORDS_BYTES) && readv(pipe_ends[0], places, (int)some) == written) continue;
        if (written > 0) drain((size_t)written);
        /* One of them cannot be read: each by itself. */
        for (size_t index = 0; index < some; index++) {
            census_observed *block = &blocks[from + index];
            if (!census_foreign_read(block->address, block->words, WORDS_BYTES)) block->words[0] = block->words[1] = block->words[2] = 0;
        }
    }
}

#endif
