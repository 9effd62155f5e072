#include "ring.h"

#include <stdlib.h>

/*
 * Each slot is free, being written, or full. Writers take slots in turn; one that finds its slot taken drops its sample rather
 * than look further, so a handler does the same few steps whatever the others do. The reader visits every slot.
 */
interlock_ring *interlock_ring_create(uint32_t slots, interlock_code *code) {
    interlock_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL) return NULL;
    ring->slots = calloc(slots, sizeof *ring->slots);
    if (ring->slots == NULL) {
        free(ring);
        return NULL;
    }
    ring->count = slots;
    ring->code = code;
    return ring;
}

void interlock_ring_destroy(interlock_ring *ring) {
    if (ring == NULL) return;
    interlock_code_destroy(ring->code);
    free(ring->slots);
    free(ring);
}

interlock_sample *interlock_ring_claim(interlock_ring *ring, uint32_t weight) {
    uint64_t turn = atomic_fetch_add_explicit(&ring->next, 1, memory_order_relaxed);
    struct interlock_slot *slot = &ring->slots[turn % ring->count];
    int free_slot = SLOT_FREE;
    if (atomic_compare_exchange_strong_explicit(&slot->state, &free_slot, SLOT_WRITING, memory_order_acquire, memory_order_relaxed)) {
        slot->sample.weight = weight;
        return &slot->sample;
    }
    atomic_fetch_add_explicit(&ring->dropped, weight, memory_order_relaxed);
    return NULL;
}

void interlock_ring_publish(interlock_ring *ring, interlock_sample *sample) {
    (void)ring;
    struct interlock_slot *slot = (struct interlock_slot *)((char *)sample - offsetof(struct interlock_slot, sample));
    atomic_store_explicit(&slot->state, SLOT_FULL, memory_order_release);
}

bool interlock_ring_take(interlock_ring *ring, interlock_sample *sample) {
    for (uint32_t seen = 0; seen < ring->count; seen++) {
        struct interlock_slot *slot = &ring->slots[ring->reading];
        ring->reading = ring->reading + 1 == ring->count ? 0 : ring->reading + 1;
        if (atomic_load_explicit(&slot->state, memory_order_acquire) != SLOT_FULL) continue;
        *sample = slot->sample;
        atomic_store_explicit(&slot->state, SLOT_FREE, memory_order_release);
        return true;
    }
    return false;
}

uint64_t interlock_ring_dropped(const interlock_ring *ring) { return atomic_load_explicit(&ring->dropped, memory_order_relaxed); }
