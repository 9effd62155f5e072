// Tells ThreadSanitizer what `Synchronization.Mutex` does where it cannot look.
//
// On Linux the fast path of a Mutex is inlined into the code that uses it, and instrumented with it. A contended lock and
// its unlock call into libswiftSynchronization.so, which is not: the sanitizer does not see that whoever got the lock came
// after whoever left it, and reports every such pair as a race. The three functions below stand before those of the
// library: each calls its namesake there and tells the sanitizer the order it has made. Nothing else is changed, and
// without the sanitizer nothing at all.

#include "CSanitizer.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && defined(__linux__)
#define ACTIVE 1
#endif
#endif

#ifdef ACTIVE

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

extern void *dlsym(void *, const char *);
void __tsan_acquire(void *);
void __tsan_release(void *);

#define NEXT ((void *)-1L)
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define UNSEEN __attribute__((no_sanitize("thread")))

typedef SWIFT void (*Lock)(uint32_t, SELF void *);
typedef SWIFT bool (*TryLock)(SELF void *);
typedef SWIFT void (*Unlock)(SELF void *);

SWIFT UNSEEN void stress_lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT UNSEEN bool stress_try_lock_slow(SELF void *handle) __asm__(TRY_LOCK);
SWIFT UNSEEN void stress_unlock_slow(SELF void *handle) __asm__(UNLOCK);

SWIFT UNSEEN void stress_lock_slow(uint32_t thread, SELF void *handle) {
    ((Lock)dlsym(NEXT, LOCK))(thread, handle);
    __tsan_acquire(handle);
}

SWIFT UNSEEN bool stress_try_lock_slow(SELF void *handle) {
    bool taken = ((TryLock)dlsym(NEXT, TRY_LOCK))(handle);
    if (taken) __tsan_acquire(handle);
    return taken;
}

SWIFT UNSEEN void stress_unlock_slow(SELF void *handle) {
    __tsan_release(handle);
    ((Unlock)dlsym(NEXT, UNLOCK))(handle);
}

int csanitizer_is_active(void) { return 1; }

#else

int csanitizer_is_active(void) { return 0; }

#endif
