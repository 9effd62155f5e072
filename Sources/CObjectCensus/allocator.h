#ifndef INTERLOCK_CENSUS_ALLOCATOR_H
#define INTERLOCK_CENSUS_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/* The allocator behind this library: whatever the loader finds next. */
typedef struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
} census_allocator;

/* Looks it up on first use; NULL while that goes on, because looking up allocates. */
const census_allocator *census_next_allocator(void);

/* Zeroed memory for what is asked of malloc until then: a fixed arena that nothing returns to. NULL when it is used up. */
void *census_arena_take(size_t size, size_t alignment);
bool census_arena_owns(const void *block);
/* The size that was asked for. */
size_t census_arena_size(const void *block);

#endif
