#ifndef INTERLOCK_CENSUS_FOREIGN_H
#define INTERLOCK_CENSUS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blocks.h"

/*
 * Reads memory that may not be there. The bytes go through a pipe of our own: where the kernel cannot read, it answers EFAULT and
 * no signal comes. That needs no permission that a container might withhold. One reader at a time: the thread that takes snapshots.
 */

bool census_foreign_open(void);
void census_foreign_close(void);
/* Copies up to 4,096 bytes; false, and nothing is copied, where not all of them can be read. */
bool census_foreign_read(uintptr_t address, void *bytes, size_t count);
/* The first words of many blocks at once. */
void census_foreign_first_words(census_observed *blocks, size_t count);

/* What is mapped where. */
typedef struct {
    uintptr_t start, end;
    bool can_read, can_execute, has_file;
    /* Where the file's first mapping begins: addresses in the file are counted from there. */
    uintptr_t base;
    /* The file's name without its folder; ends with a zero. */
    const char *name;
} census_mapping;

/* Reads /proc/self/maps, up to 4 MB and 16,384 mappings of it. */
bool census_mappings_load(void);
void census_mappings_unload(void);
/* The mapping that an address lies in, or NULL. */
const census_mapping *census_mapping_of(uintptr_t address);

#endif
