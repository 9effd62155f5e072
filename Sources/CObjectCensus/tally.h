#ifndef INTERLOCK_CENSUS_TALLY_H
#define INTERLOCK_CENSUS_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "blocks.h"

/*
 * One snapshot: every live block under its type. Types that are told apart by their metadata are at most 16,384; what comes after
 * is counted under one name. The memory comes from the kernel and goes back to it.
 */
bool census_tally_begin(void);
void census_tally_shard(unsigned shard);
/* Passes each line of the answer on, without its end of line. */
void census_tally_each(void (*line)(const char *kind, uint64_t count, uint64_t bytes, const char *name));
uint64_t census_tally_blocks(void);
uint64_t census_tally_bytes(void);
void census_tally_end(void);

#endif
