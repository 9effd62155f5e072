#include "CSampler.h"
#include "code.h"

/* Words looked at for a frame record, or for a caller, before giving up. */
enum { RECORD_WORDS = 1024, CALLER_WORDS = 256 };

const uintptr_t *interlock_sample_frames(const interlock_sample *sample) { return sample->frames; }
const uintptr_t *interlock_sample_candidates(const interlock_sample *sample) { return sample->candidates; }

/* Swift marks the frames of asynchronous functions by bit 60 of the saved frame pointer; user addresses have 48 bits. */
static uintptr_t plain_pointer(uintptr_t pointer) { return pointer & (((uintptr_t)1 << 48) - 1); }

static uintptr_t word_at(uintptr_t address) { return *(const uintptr_t *)address; }

/* A frame record is two words, the caller's frame pointer and the return address, wholly within the stack. */
static bool is_record(uintptr_t frame, uintptr_t sp, uintptr_t top, const interlock_code *code) {
    return frame >= sp && frame % sizeof(uintptr_t) == 0 && frame <= top - 2 * sizeof(uintptr_t)
        && interlock_code_contains(code, plain_pointer(word_at(frame + sizeof(uintptr_t))));
}

/* The first record above sp that leads to another one; 0 if there is none near. A lone pair of words is too likely to be chance. */
static uintptr_t find_record(uintptr_t sp, uintptr_t top, const interlock_code *code) {
    uintptr_t last = top - 2 * sizeof(uintptr_t);
    if (sp > last) return 0;
    if ((last - sp) / sizeof(uintptr_t) > RECORD_WORDS) last = sp + RECORD_WORDS * sizeof(uintptr_t);
    for (uintptr_t at = (sp + 15) & ~(uintptr_t)15; at <= last; at += 16) {
        uintptr_t next = plain_pointer(word_at(at));
        if (next > at && is_record(at, sp, top, code) && is_record(next, at, top, code)) return at;
    }
    return 0;
}

void interlock_walk(
    interlock_sample *sample, uintptr_t pc, uintptr_t link, uintptr_t frame, uintptr_t sp, uintptr_t top, const interlock_code *code) {
    sample->pc = pc;
    sample->frame_count = 0;
    sample->candidate_count = 0;
    sample->is_cut = false;
    if (link != 0 && interlock_code_contains(code, plain_pointer(link))) sample->candidates[sample->candidate_count++] = plain_pointer(link);
    if (sp % sizeof(uintptr_t) != 0 || sp >= top || top - sp < 2 * sizeof(uintptr_t)) return;

    frame = plain_pointer(frame);
    if (!is_record(frame, sp, top, code)) frame = find_record(sp, top, code);
    if (frame == 0) return;

    if (link == 0) {
        uintptr_t end = (frame - sp) / sizeof(uintptr_t) > CALLER_WORDS ? sp + CALLER_WORDS * sizeof(uintptr_t) : frame;
        for (uintptr_t at = sp; at < end && sample->candidate_count < INTERLOCK_SAMPLE_CANDIDATES; at += sizeof(uintptr_t)) {
            if (interlock_code_contains(code, word_at(at))) sample->candidates[sample->candidate_count++] = word_at(at);
        }
    }

    while (true) {
        if (sample->frame_count == INTERLOCK_SAMPLE_FRAMES) {
            sample->is_cut = true;
            return;
        }
        sample->frames[sample->frame_count++] = plain_pointer(word_at(frame + sizeof(uintptr_t)));
        uintptr_t next = plain_pointer(word_at(frame));
        /* Where a thread begins. */
        if (next == 0) return;
        /*
         * Stacks grow down: whatever does not lead further up is no caller, and a circle would never end. It is what a function
         * without a record of its own, such as qsort, keeps in the register: the records go on above it.
         */
        if (next <= frame || !is_record(next, frame, top, code)) next = find_record(frame + 2 * sizeof(uintptr_t), top, code);
        if (next == 0) return;
        frame = next;
    }
}
