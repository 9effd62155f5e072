#if defined(__linux__)
#define _GNU_SOURCE
#include <link.h>
#endif

#include <stdlib.h>

#include "code.h"

static int by_start(const void *left, const void *right) {
    uintptr_t one = ((const struct interlock_range *)left)->start, other = ((const struct interlock_range *)right)->start;
    return one < other ? -1 : one > other;
}

static void add(void *context, const char *path, uintptr_t slide, uintptr_t start, uintptr_t end) {
    (void)path, (void)slide;
    interlock_code *code = context;
    if (code->count == code->capacity) {
        size_t capacity = code->capacity == 0 ? 64 : code->capacity * 2;
        struct interlock_range *ranges = realloc(code->ranges, capacity * sizeof *ranges);
        /* Without the memory this module stays unknown, and walks end where they come to it. */
        if (ranges == NULL) return;
        code->ranges = ranges;
        code->capacity = capacity;
    }
    code->ranges[code->count++] = (struct interlock_range){start, end};
}

interlock_code *interlock_code_of_process(void) {
    interlock_code *code = calloc(1, sizeof *code);
    if (code == NULL) return NULL;
    interlock_each_module(add, code);
    if (code->count > 0) qsort(code->ranges, code->count, sizeof *code->ranges, by_start);
    return code;
}

interlock_code *interlock_code_of_ranges(const uintptr_t *starts, const uintptr_t *ends, size_t count) {
    interlock_code *code = calloc(1, sizeof *code);
    if (code == NULL) return NULL;
    for (size_t index = 0; index < count; index++) add(code, "", 0, starts[index], ends[index]);
    if (code->count > 0) qsort(code->ranges, code->count, sizeof *code->ranges, by_start);
    return code;
}

void interlock_code_destroy(interlock_code *code) {
    if (code == NULL) return;
    free(code->ranges);
    free(code);
}

bool interlock_code_contains(const interlock_code *code, uintptr_t address) {
    size_t low = 0, high = code->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (address >= code->ranges[middle].end) low = middle + 1;
        else high = middle;
    }
    return low < code->count && address >= code->ranges[low].start;
}

#if defined(__linux__)
struct visit {
    void (*body)(void *, const char *, uintptr_t, uintptr_t, uintptr_t);
    void *context;
};

static int visit_module(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct visit *visit = context;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X)) continue;
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        visit->body(visit->context, info->dlpi_name, info->dlpi_addr, start, start + header->p_memsz);
    }
    return 0;
}

void interlock_each_module(void (*body)(void *, const char *, uintptr_t, uintptr_t, uintptr_t), void *context) {
    struct visit visit = {body, context};
    dl_iterate_phdr(visit_module, &visit);
}
#else
void interlock_each_module(void (*body)(void *, const char *, uintptr_t, uintptr_t, uintptr_t), void *context) { (void)body, (void)context; }
#endif
