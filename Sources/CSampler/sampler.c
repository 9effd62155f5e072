#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include <errno.h>

#include "ring.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { LANES = 2 };
/* A stack larger than this is not walked: the stack pointer is then more likely that of something else, such as an alternate stack. */
static const uintptr_t largest_stack = (uintptr_t)256 << 20;

static _Atomic(interlock_ring *) lanes[LANES];
/* Handlers that may hold a ring. */
static atomic_int inside;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static bool is_installed;
/* Where the main thread's stack ends; does not change while the process lives. */
static uintptr_t main_stack_top;

/*
 * Where the stack that sp points into ends. The C library keeps a thread's descriptor above its stack in the same mapping, so
 * everything from sp to pthread_self() is readable; the main thread's descriptor lies elsewhere, below its stack.
 */
static uintptr_t stack_top(uintptr_t sp) {
    uintptr_t descriptor = (uintptr_t)pthread_self();
    if (sp < descriptor && descriptor - sp <= largest_stack) return descriptor;
    if (getpid() == (pid_t)syscall(SYS_gettid) && sp < main_stack_top && main_stack_top - sp <= largest_stack) return main_stack_top;
    return sp;
}

static void on_signal(int signal, siginfo_t *info, void *context) {
    (void)signal;
    int saved = errno;
    atomic_fetch_add(&inside, 1);
    interlock_ring *ring = NULL;
    if (info->si_code == SI_TIMER) ring = atomic_load(&lanes[INTERLOCK_LANE_CPU]);
    else if (info->si_code == SI_TKILL && info->si_pid == getpid()) ring = atomic_load(&lanes[INTERLOCK_LANE_CAPTURE]);
    uint32_t weight = info->si_code == SI_TIMER && info->si_overrun > 0 ? 1 + (uint32_t)info->si_overrun : 1;
    interlock_sample *sample = ring == NULL ? NULL : interlock_ring_claim(ring, weight);
    if (sample != NULL) {
        const mcontext_t *registers = &((ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
        uintptr_t pc = (uintptr_t)registers->gregs[REG_RIP], frame = (uintptr_t)registers->gregs[REG_RBP];
        uintptr_t sp = (uintptr_t)registers->gregs[REG_RSP], link = 0;
#else
        uintptr_t pc = registers->pc, frame = registers->regs[29], sp = registers->sp, link = registers->regs[30];
#endif
        sample->thread = (int32_t)syscall(SYS_gettid);
        interlock_walk(sample, pc, link, frame, sp, stack_top(sp), ring->code);
        interlock_ring_publish(ring, sample);
    }
    atomic_fetch_sub(&inside, 1);
    errno = saved;
}

static uintptr_t read_main_stack_top(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) return 0;
    char line[512];
    unsigned long start, end, top = 0;
    while (top == 0 && fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, "[stack]") != NULL && sscanf(line, "%lx-%lx", &start, &end) == 2) top = end;
    }
    fclose(maps);
    return top;
}

/* Called with the lock held. Asks the kernel each time, since another library may have taken the signal meanwhile. */
static int install(void) {
    struct sigaction present;
    if (sigaction(SIGPROF, NULL, &present) != 0) return errno;
    if ((present.sa_flags & SA_SIGINFO) && present.sa_sigaction == on_signal) return 0;
    if (present.sa_handler != SIG_DFL && present.sa_handler != SIG_IGN) return EEXIST;
    if (!is_installed) main_stack_top = read_main_stack_top();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigfillset(&action.sa_mask);
    if (sigaction(SIGPROF, &action, NULL) != 0) return errno;
    is_installed = true;
    return 0;
}

bool interlock_sampler_is_supported(void) { return true; }

int interlock_sampler_attach(interlock_lane lane, interlock_ring *ring) {
    pthread_mutex_lock(&installing);
    int code = atomic_load(&lanes[lane]) != NULL ? EBUSY : install();
    if (code == 0) atomic_store(&lanes[lane], ring);
    pthread_mutex_unlock(&installing);
    return code;
}

void interlock_sampler_detach(interlock_lane lane) {
    atomic_store(&lanes[lane], NULL);
    /* A handler is a few microseconds long, unless its thread has to wait for a processor. */
    while (atomic_load(&inside) != 0) sched_yield();
}

int interlock_timer_start(int32_t thread, int64_t period, int32_t *timer) {
    /* The kernel's spelling of "the processor time of one thread" (include/uapi/linux/time.h and kernel/time/posix-cpu-timers.c). */
    clockid_t clock = (~(clockid_t)thread << 3) | 4 | 2;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
#if defined(sigev_notify_thread_id)
    event.sigev_notify_thread_id = thread;
#else
    event._sigev_un._tid = thread;
#endif
    /* The plain system call: the C library wraps some of its timers in structures of its own. */
    int id;
    if (syscall(SYS_timer_create, clock, &event, &id) != 0) return errno;
    struct timespec interval = {.tv_sec = (time_t)(period / 1000000000), .tv_nsec = (long)(period % 1000000000)};
    struct itimerspec setting = {.it_interval = interval, .it_value = interval};
    if (syscall(SYS_timer_settime, id, 0, &setting, NULL) != 0) {
        int code = errno;
        syscall(SYS_timer_delete, id);
        return code;
    }
    *timer = id;
    return 0;
}

void interlock_timer_stop(int32_t timer) { syscall(SYS_timer_delete, timer); }

int interlock_signal_thread(int32_t thread) { return syscall(SYS_tgkill, getpid(), thread, SIGPROF) == 0 ? 0 : errno; }

int32_t interlock_this_thread(void) { return (int32_t)syscall(SYS_gettid); }

#else

bool interlock_sampler_is_supported(void) { return false; }
int interlock_sampler_attach(interlock_lane lane, interlock_ring *ring) { (void)lane, (void)ring; return ENOSYS; }
void interlock_sampler_detach(interlock_lane lane) { (void)lane; }
int interlock_timer_start(int32_t thread, int64_t period, int32_t *timer) { (void)thread, (void)period, (void)timer; return ENOSYS; }
void interlock_timer_stop(int32_t timer) { (void)timer; }
int interlock_signal_thread(int32_t thread) { (void)thread; return ENOSYS; }
int32_t interlock_this_thread(void) { return 0; }

#endif
