/* malloc and its kin as the program calls them: each passes the call on and notes what came of it. */

#if defined(__linux__)

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "allocator.h"
#include "blocks.h"

#define SEEN __attribute__((visibility("default")))

static void *entered(void *block, size_t size) {
    if (block != NULL) census_enter(block, size);
    return block;
}

SEEN void *malloc(size_t size) {
    const census_allocator *next = census_next_allocator();
    return next == NULL ? census_arena_take(size, 1) : entered(next->malloc(size), size);
}

SEEN void *calloc(size_t count, size_t size) {
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    const census_allocator *next = census_next_allocator();
    return next == NULL ? census_arena_take(whole, 1) : entered(next->calloc(count, size), whole);
}

SEEN void free(void *block) {
    if (block == NULL || census_arena_owns(block)) return;
    /* What does not come from the arena comes from the allocator, so that is known. */
    const census_allocator *next = census_next_allocator();
    size_t size;
    (void)census_leave(block, &size);
    if (next != NULL) next->free(block);
}

SEEN void *realloc(void *block, size_t size) {
    if (block == NULL) return malloc(size);
    if (census_arena_owns(block)) {
        void *moved = malloc(size);
        size_t had = census_arena_size(block);
        if (moved != NULL) memcpy(moved, block, had < size ? had : size);
        return moved;
    }
    const census_allocator *next = census_next_allocator();
    if (next == NULL) return NULL;
    size_t had = 0;
    bool was_in = census_leave(block, &had);
    void *moved = next->realloc(block, size);
    if (moved != NULL) return entered(moved, size);
    /* Nothing was done, unless the size was zero: then the block was freed. */
    if (size != 0 && was_in) census_enter(block, had);
    return NULL;
}

SEEN int posix_memalign(void **block, size_t alignment, size_t size) {
    const census_allocator *next = census_next_allocator();
    if (next == NULL) {
        *block = census_arena_take(size, alignment);
        return *block == NULL ? ENOMEM : 0;
    }
    int code = next->posix_memalign(block, alignment, size);
    if (code == 0) (void)entered(*block, size);
    return code;
}

SEEN void *aligned_alloc(size_t alignment, size_t size) {
    const census_allocator *next = census_next_allocator();
    return next == NULL ? census_arena_take(size, alignment) : entered(next->aligned_alloc(alignment, size), size);
}

SEEN void *memalign(size_t alignment, size_t size) {
    const census_allocator *next = census_next_allocator();
    return next == NULL ? census_arena_take(size, alignment) : entered(next->memalign(alignment, size), size);
}

#endif
