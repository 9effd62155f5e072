#if defined(__linux__)
#define _GNU_SOURCE

#include "tally.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "foreign.h"
#include "metadata.h"

enum { PLACES = 1 << 15, MOST_TYPES = 1 << 14, NEGATIVES = 1 << 12, SIZE_CLASSES = 48 };

typedef struct {
    uintptr_t metadata; /* 0: free */
    census_kind kind;
    size_t least_size;
    uint64_t count, bytes;
    census_name name;
} type;

typedef struct {
    census_observed blocks[CENSUS_SHARD_PLACES];
    type types[PLACES];
    unsigned type_count;
    uint64_t unnamed_count, unnamed_bytes;
    /* By the power of two that is not less than the size. */
    uint64_t other_count[SIZE_CLASSES], other_bytes[SIZE_CLASSES];
    uint64_t block_count, byte_count;
    /* Words that were no metadata when last looked at. */
    uintptr_t negatives[NEGATIVES];
} tally;

static tally *now;

bool census_tally_begin(void) {
    now = mmap(NULL, sizeof(tally), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (now == MAP_FAILED) now = NULL;
    return now != NULL;
}

void census_tally_end(void) {
    munmap(now, sizeof(tally));
    now = NULL;
}

static size_t hash(uintptr_t word) { return (size_t)((uint64_t)(word >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 40); }

/* The types of errors stand apart from those of objects, since a metadata may be both. */
static type *find(uintptr_t metadata, bool is_error) {
    size_t index = hash(metadata) % PLACES;
    for (; now->types[index].metadata != 0; index = (index + 1) % PLACES) {
        if (now->types[index].metadata == metadata && (now->types[index].kind == CENSUS_NOT_SWIFT) == is_error) break;
    }
    return &now->types[index];
}

/* Enters a type that was not there; NULL when there are too many. */
static type *enter(type *place, uintptr_t metadata, census_kind kind, const census_name *name, size_t least_size) {
    if (now->type_count >= MOST_TYPES) return NULL;
    now->type_count++;
    *place = (type){.metadata = metadata, .kind = kind, .least_size = least_size, .name = *name};
    return place;
}

static void count_other(size_t size) {
    unsigned class = 4;
    while (class < SIZE_CLASSES - 1 && ((size_t)1 << class) < size) class++;
    now->other_count[class]++;
    now->other_bytes[class] += size;
}

static void count_in(type *its, size_t size) {
    if (its == NULL) {
        now->unnamed_count++;
        now->unnamed_bytes += size;
    } else {
        its->count++;
        its->bytes += size;
    }
}

/* The box of an error is counted under the error's type; the kind "not Swift" marks its place in the table. */
static void count_error(const census_observed *block) {
    uintptr_t error = block->words[2];
    type *its = find(error, true);
    if (error != 0 && its->metadata == 0) {
        census_name name = {.length = 0};
        memcpy(name.bytes, "error ", 7);
        name.length = 6;
        census_metadata_name(error, &name);
        its = enter(its, error, CENSUS_NOT_SWIFT, &name, 0);
    }
    count_in(error == 0 ? NULL : its, block->size);
}

static void count(const census_observed *block) {
    uintptr_t word = block->words[0];
    uintptr_t *negative = &now->negatives[hash(word) % NEGATIVES];
    if (word < 4096 || word == *negative) return count_other(block->size);
    type *its = find(word, false);
    if (its->metadata == 0) {
        census_name name;
        size_t least_size;
        census_kind kind = census_metadata_kind(word, &name, &least_size);
        if (kind == CENSUS_NOT_SWIFT) {
            *negative = word;
            return count_other(block->size);
        }
        its = enter(its, word, kind, &name, least_size);
    }
    if (its == NULL) return count_in(NULL, block->size);
    if (block->size < its->least_size) return count_other(block->size);
    if (its->kind == CENSUS_ERROR_BOX) return count_error(block);
    count_in(its, block->size);
}

void census_tally_shard(unsigned shard) {
    size_t blocks = census_copy(shard, now->blocks, census_foreign_first_words);
    now->block_count += blocks;
    for (size_t index = 0; index < blocks; index++) {
        now->byte_count += now->blocks[index].size;
        count(&now->blocks[index]);
    }
}

void census_tally_each(void (*line)(const char *, uint64_t, uint64_t, const char *)) {
    for (size_t index = 0; index < PLACES; index++) {
        const type *its = &now->types[index];
        if (its->metadata != 0 && its->count > 0) line("swift", its->count, its->bytes, its->name.bytes);
    }
    if (now->unnamed_count > 0) line("swift", now->unnamed_count, now->unnamed_bytes, "(types beyond the first 16384)");
    for (unsigned class = 0; class < SIZE_CLASSES; class++) {
        char most[24];
        snprintf(most, sizeof most, "%llu", 1ULL << class);
        if (now->other_count[class] > 0) line("other", now->other_count[class], now->other_bytes[class], most);
    }
}

uint64_t census_tally_blocks(void) { return now->block_count; }
uint64_t census_tally_bytes(void) { return now->byte_count; }

#endif
