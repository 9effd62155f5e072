#ifndef INTERLOCK_CENSUS_BLOCKS_H
#define INTERLOCK_CENSUS_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which blocks live. 64 shards, each a table with open addressing behind a lock of its own, so that threads rarely meet. A shard
 * begins with 2,048 places that are part of this library and doubles up to 131,072, in memory from the kernel; it is filled to
 * 3/4, at its largest to 15/16. That bounds the whole to 7.8 million blocks and 128 MB. What finds no room is counted as lost.
 *
 * The lock of a block's shard is held only to enter it or take it out, never while calling the allocator; a block is taken out
 * before it is freed. So what is in a shard whose lock one holds is alive.
 */

enum { CENSUS_SHARDS = 64, CENSUS_SHARD_PLACES = 1 << 17 };

/* One live block as a snapshot sees it, with its first words; they are zero where they could not be read. */
typedef struct {
    uintptr_t address;
    size_t size;
    uintptr_t words[3];
} census_observed;

void census_enter(void *block, size_t size);
/* Takes a block out; false when it was not in. */
bool census_leave(void *block, size_t *size);

/* Has the memory of the first places at once, so that the process does not seem to grow by it as blocks come. */
void census_settle(void);
/* Nothing is remembered from now on, and what was remembered is of no use. */
void census_stop(void);
bool census_is_stopped(void);

/* Copies a shard's blocks, of which there are at most CENSUS_SHARD_PLACES; reads their first words while they cannot be freed. */
size_t census_copy(unsigned shard, census_observed *blocks, void (*read_words)(census_observed *blocks, size_t count));
/* Blocks that found no room, and the bytes of the tables. */
void census_losses(uint64_t *count, uint64_t *bytes, uint64_t *own);

/* For fork: no thread is in a shard between these two. */
void census_lock_all(void);
void census_unlock_all(void);

#endif
