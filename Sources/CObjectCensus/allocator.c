#if defined(__linux__)
#define _GNU_SOURCE

#include "allocator.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

enum { ARENA_BYTES = 64 * 1024, HEADER = 16 };
enum { UNKNOWN, LOOKING, KNOWN };

static census_allocator next;
static atomic_int state = UNKNOWN;
static _Alignas(16) unsigned char arena[ARENA_BYTES];
static atomic_size_t arena_used;

static void look_up(void *place, const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    __builtin_memcpy(place, &found, sizeof found);
}

const census_allocator *census_next_allocator(void) {
    if (atomic_load_explicit(&state, memory_order_acquire) == KNOWN) return &next;
    int expected = UNKNOWN;
    if (!atomic_compare_exchange_strong(&state, &expected, LOOKING)) return expected == KNOWN ? &next : NULL;
    look_up(&next.malloc, "malloc");
    look_up(&next.calloc, "calloc");
    look_up(&next.realloc, "realloc");
    look_up(&next.free, "free");
    look_up(&next.posix_memalign, "posix_memalign");
    look_up(&next.aligned_alloc, "aligned_alloc");
    look_up(&next.memalign, "memalign");
    atomic_store_explicit(&state, KNOWN, memory_order_release);
    return &next;
}

void *census_arena_take(size_t size, size_t alignment) {
    if (alignment < HEADER) alignment = HEADER;
    if (size > ARENA_BYTES || alignment > ARENA_BYTES) {
        errno = ENOMEM;
        return NULL;
    }
    uintptr_t base = (uintptr_t)arena;
    size_t used = atomic_load(&arena_used), place, end;
    do {
        place = ((base + used + HEADER + alignment - 1) & ~(uintptr_t)(alignment - 1)) - base;
        end = place + size;
        if (end > ARENA_BYTES) {
            errno = ENOMEM;
            return NULL;
        }
    } while (!atomic_compare_exchange_weak(&arena_used, &used, end));
    __builtin_memcpy(arena + place - sizeof size, &size, sizeof size);
    return arena + place;
}

bool census_arena_owns(const void *block) { return (uintptr_t)block - (uintptr_t)arena < ARENA_BYTES; }

size_t census_arena_size(const void *block) {
    size_t size;
    __builtin_memcpy(&size, (const unsigned char *)block - sizeof size, sizeof size);
    return size;
}

#endif
