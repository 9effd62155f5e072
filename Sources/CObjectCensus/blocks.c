#if defined(__linux__)
#define _GNU_SOURCE

#include "blocks.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { FIRST_PLACES = 2048 };

typedef struct {
    uintptr_t address; /* 0: free */
    size_t size;
} place;

typedef struct {
    _Alignas(64) pthread_mutex_t lock;
    place *places; /* NULL: the first ones */
    uint32_t capacity, count;
    uint64_t lost_count, lost_bytes;
} shard;

static shard shards[CENSUS_SHARDS] = {[0 ... CENSUS_SHARDS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};
static place first_places[CENSUS_SHARDS][FIRST_PLACES];
static atomic_bool is_stopped;
/* The thread that forks and so holds every lock; 0 when none does. Other libraries' fork handlers may allocate meanwhile. */
static _Atomic(pthread_t) forking;

void census_stop(void) { atomic_store_explicit(&is_stopped, true, memory_order_relaxed); }
bool census_is_stopped(void) { return atomic_load_explicit(&is_stopped, memory_order_relaxed); }

static uint64_t hash(uintptr_t address) { return (uint64_t)(address >> 4) * UINT64_C(0x9E3779B97F4A7C15); }
static uint32_t home(uintptr_t address, uint32_t mask) { return (uint32_t)(hash(address) >> 20) & mask; }

static bool this_thread_forks(void) {
    pthread_t its = atomic_load_explicit(&forking, memory_order_relaxed);
    return its != 0 && its == pthread_self();
}

static void unlock(shard *its) {
    if (!this_thread_forks()) pthread_mutex_unlock(&its->lock);
}

static shard *lock_of(uintptr_t address) {
    shard *its = &shards[hash(address) >> 58];
    if (!this_thread_forks()) pthread_mutex_lock(&its->lock);
    if (its->places == NULL) {
        its->places = first_places[its - shards];
        its->capacity = FIRST_PLACES;
    }
    return its;
}

/* Where the address is, or the free place where it would be. */
static place *find(const shard *its, uintptr_t address) {
    uint32_t mask = its->capacity - 1, index = home(address, mask);
    while (its->places[index].address != 0 && its->places[index].address != address) index = (index + 1) & mask;
    return &its->places[index];
}

static void grow(shard *its) {
    int saved = errno;
    uint32_t capacity = its->capacity * 2;
    place *places = mmap(NULL, capacity * sizeof(place), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = saved;
    if (places == MAP_FAILED) return;
    shard old = *its;
    its->places = places;
    its->capacity = capacity;
    for (uint32_t index = 0; index < old.capacity; index++) {
        if (old.places[index].address != 0) *find(its, old.places[index].address) = old.places[index];
    }
    if (old.places != first_places[its - shards]) munmap(old.places, old.capacity * sizeof(place));
    errno = saved;
}

void census_enter(void *block, size_t size) {
    if (census_is_stopped()) return;
    uintptr_t address = (uintptr_t)block;
    shard *its = lock_of(address);
    if ((its->count + 1) * 4 > its->capacity * 3 && its->capacity < CENSUS_SHARD_PLACES) grow(its);
    place *found = find(its, address);
    if (found->address == address) {
        /* It was freed by a way that this library does not see. */
        found->size = size;
    } else if (its->count + 1 <= its->capacity - its->capacity / 16) {
        *found = (place){address, size};
        its->count++;
    } else {
        its->lost_count++;
        its->lost_bytes += size;
    }
    unlock(its);
}

bool census_leave(void *block, size_t *size) {
    if (census_is_stopped()) return false;
    uintptr_t address = (uintptr_t)block;
    shard *its = lock_of(address);
    place *found = find(its, address);
    bool was_in = found->address == address;
    if (was_in) {
        *size = found->size;
        its->count--;
        /* Those behind it move up, so that no search ends too early. */
        uint32_t mask = its->capacity - 1, hole = (uint32_t)(found - its->places);
        for (uint32_t next = (hole + 1) & mask; its->places[next].address != 0; next = (next + 1) & mask) {
            uint32_t distance = (next - home(its->places[next].address, mask)) & mask;
            if (distance < ((next - hole) & mask)) continue;
            its->places[hole] = its->places[next];
            hole = next;
        }
        its->places[hole] = (place){0, 0};
    }
    unlock(its);
    return was_in;
}

void census_settle(void) {
    const size_t page = 4096 / sizeof(place);
    for (unsigned index = 0; index < CENSUS_SHARDS; index++) {
        pthread_mutex_lock(&shards[index].lock);
        for (size_t at = 0; at < FIRST_PLACES; at += page) {
            volatile size_t *size = &first_places[index][at].size;
            *size = *size;
        }
        pthread_mutex_unlock(&shards[index].lock);
    }
}

size_t census_copy(unsigned index, census_observed *blocks, void (*read_words)(census_observed *, size_t)) {
    shard *its = &shards[index];
    size_t count = 0;
    pthread_mutex_lock(&its->lock);
    for (uint32_t at = 0; its->places != NULL && at < its->capacity; at++) {
        if (its->places[at].address != 0) blocks[count++] = (census_observed){its->places[at].address, its->places[at].size, {0, 0, 0}};
    }
    read_words(blocks, count);
    pthread_mutex_unlock(&its->lock);
    return count;
}

void census_losses(uint64_t *count, uint64_t *bytes, uint64_t *own) {
    *count = *bytes = 0;
    *own = sizeof first_places;
    for (unsigned index = 0; index < CENSUS_SHARDS; index++) {
        shard *its = &shards[index];
        pthread_mutex_lock(&its->lock);
        *count += its->lost_count;
        *bytes += its->lost_bytes;
        if (its->places != NULL && its->places != first_places[index]) *own += its->capacity * sizeof(place);
        pthread_mutex_unlock(&its->lock);
    }
}

void census_lock_all(void) {
    for (unsigned index = 0; index < CENSUS_SHARDS; index++) pthread_mutex_lock(&shards[index].lock);
    atomic_store_explicit(&forking, pthread_self(), memory_order_relaxed);
}

void census_unlock_all(void) {
    atomic_store_explicit(&forking, 0, memory_order_relaxed);
    for (unsigned index = CENSUS_SHARDS; index-- > 0;) pthread_mutex_unlock(&shards[index].lock);
}

#endif
