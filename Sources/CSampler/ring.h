#ifndef INTERLOCK_RING_H
#define INTERLOCK_RING_H

#include <stdatomic.h>

#include "CSampler.h"

enum { SLOT_FREE, SLOT_WRITING, SLOT_FULL };

struct interlock_slot {
    atomic_int state;
    interlock_sample sample;
};

struct interlock_ring {
    uint32_t count;
    /* Of the reader alone. */
    uint32_t reading;
    struct interlock_slot *slots;
    /* What return addresses are checked against; does not change. */
    interlock_code *code;
    atomic_uint_fast64_t next;
    atomic_uint_fast64_t dropped;
};

#endif
