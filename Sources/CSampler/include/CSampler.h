#ifndef INTERLOCK_CSAMPLER_H
#define INTERLOCK_CSAMPLER_H

/*
 * What a sampling profiler must do in C: a signal handler that walks the interrupted thread's frame records into a ring made
 * beforehand, and the calls to the kernel that send that signal. Everything that may wait, allocate or be wrong about a symbol
 * is done elsewhere, after the handler has returned.
 *
 * Linux on x86-64 and 64-bit ARM. Elsewhere it compiles, interlock_sampler_is_supported() says no, and nothing else does anything.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Return addresses kept of one stack, innermost first. */
#define INTERLOCK_SAMPLE_FRAMES 128
/* Words kept that may be the return address of a caller whose callee keeps no frame record. */
#define INTERLOCK_SAMPLE_CANDIDATES 8

/* One stack at one moment. */
typedef struct {
    /* The kernel's id of the thread. */
    int32_t thread;
    /*
     * How many samples it stands for: one, and each period of processor time that had passed by then unsampled. The kernel looks at
     * timers of processor time at its ticks alone, which seldom find a thread that shares its processor with others.
     */
    uint32_t weight;
    uint16_t frame_count;
    uint16_t candidate_count;
    /* Whether the stack went on beyond the frames kept. */
    bool is_cut;
    /* Where the thread was. */
    uintptr_t pc;
    uintptr_t candidates[INTERLOCK_SAMPLE_CANDIDATES];
    uintptr_t frames[INTERLOCK_SAMPLE_FRAMES];
} interlock_sample;

const uintptr_t *interlock_sample_frames(const interlock_sample *sample);
const uintptr_t *interlock_sample_candidates(const interlock_sample *sample);

/* Where code lies: sorted ranges that do not overlap. */
typedef struct interlock_code interlock_code;

/* The code of every module that is loaded now; NULL without memory. */
interlock_code *interlock_code_of_process(void);
/* Code that a test makes up. */
interlock_code *interlock_code_of_ranges(const uintptr_t *starts, const uintptr_t *ends, size_t count);
void interlock_code_destroy(interlock_code *code);
bool interlock_code_contains(const interlock_code *code, uintptr_t address);

/*
 * Fills in a sample from registers and the stack between sp and top, which must be readable; reads nothing outside.
 * Async-signal-safe. A frame pointer that leads nowhere is replaced by the first frame record found further up.
 */
void interlock_walk(
    interlock_sample *sample, uintptr_t pc, uintptr_t link, uintptr_t frame, uintptr_t sp, uintptr_t top, const interlock_code *code);

/* Samples on their way from handlers on any threads to one reader: a bounded ring without locks. */
typedef struct interlock_ring interlock_ring;

/* A ring of so many slots, which takes the code over; NULL without memory. */
interlock_ring *interlock_ring_create(uint32_t slots, interlock_code *code);
void interlock_ring_destroy(interlock_ring *ring);
/* A slot to write a sample of this weight into, or NULL if the next one is taken: then so many are counted as dropped. Async-signal-safe. */
interlock_sample *interlock_ring_claim(interlock_ring *ring, uint32_t weight);
/* What was claimed can be read. Async-signal-safe. */
void interlock_ring_publish(interlock_ring *ring, interlock_sample *sample);
/* Takes one published sample; false when there is none. One reader at a time. */
bool interlock_ring_take(interlock_ring *ring, interlock_sample *sample);
/* Samples for which there was no slot. */
uint64_t interlock_ring_dropped(const interlock_ring *ring);

/* Who is sampled, and why. */
typedef enum {
    /* By timers, while it uses a processor. */
    INTERLOCK_LANE_CPU = 0,
    /* Once, when asked to. */
    INTERLOCK_LANE_CAPTURE = 1,
} interlock_lane;

bool interlock_sampler_is_supported(void);
/*
 * Samples go to the ring from now on. Returns 0, EBUSY when another ring is attached to the lane, EEXIST when the program has a
 * handler of its own for SIGPROF, ENOSYS where this is not supported.
 *
 * The handler of the process stays installed afterwards and does nothing: SIGPROF's default would end the process if one came late.
 */
int interlock_sampler_attach(interlock_lane lane, interlock_ring *ring);
/* Samples go nowhere from now on. Returns after the last handler that may have seen the ring has left it. */
void interlock_sampler_detach(interlock_lane lane);

/*
 * Sends the signal to a thread each time it has used so many nanoseconds of a processor: at the kernel's next tick, once for all that is due
 * by then. Returns 0 or an errno.
 */
int interlock_timer_start(int32_t thread, int64_t period, int32_t *timer);
void interlock_timer_stop(int32_t timer);
/* Has one thread of this process sampled once. Returns 0 or an errno. */
int interlock_signal_thread(int32_t thread);
/* The kernel's id of the calling thread. */
int32_t interlock_this_thread(void);

/*
 * Tells of every executable segment that is loaded: the path as the loader knows it (empty for the program), what to add to
 * addresses in its file, and where it lies.
 */
void interlock_each_module(
    void (*body)(void *context, const char *path, uintptr_t slide, uintptr_t start, uintptr_t end), void *context);

/* The Swift runtime's own: a name in memory from malloc, or NULL for what is no Swift symbol. */
char *swift_demangle(const char *name, size_t length, char *output, size_t *output_size, uint32_t flags);

#endif
