#if defined(__linux__)
#define _GNU_SOURCE

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "foreign.h"

enum { TEXT_BYTES = 4 << 20, MOST = 16384 };

static char *text;
static census_mapping *mappings;
static size_t mapping_count;

/* A number in base 16 or 10; moves on behind it and the character after it. */
static uintptr_t number(char **at, unsigned base) {
    uintptr_t value = 0;
    for (;; (*at)++) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 99;
        if (digit >= base) break;
        value = value * base + digit;
    }
    if (**at != '\0') (*at)++;
    return value;
}

/* "START-END rwxp OFFSET MAJOR:MINOR INODE   PATH" */
static void parse(char *line, char **last_path, uintptr_t *last_base) {
    census_mapping found = {0};
    char *at = line;
    found.start = number(&at, 16);
    found.end = number(&at, 16);
    if (strnlen(at, 5) < 5) return;
    found.can_read = at[0] == 'r';
    found.can_execute = at[2] == 'x';
    at += 5;
    (void)number(&at, 16);
    (void)number(&at, 16);
    (void)number(&at, 16);
    found.has_file = number(&at, 10) != 0;
    while (*at == ' ') at++;
    char *slash = strrchr(at, '/');
    found.name = slash == NULL ? at : slash + 1;
    if (*last_path == NULL || strcmp(*last_path, at) != 0) {
        *last_path = at;
        *last_base = found.start;
    }
    found.base = *last_base;
    mappings[mapping_count++] = found;
}

bool census_mappings_load(void) {
    mapping_count = 0;
    text = mmap(NULL, TEXT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mappings = mmap(NULL, MOST * sizeof(census_mapping), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (text == MAP_FAILED || mappings == MAP_FAILED || file < 0) {
        if (file >= 0) close(file);
        census_mappings_unload();
        return false;
    }
    size_t length = 0;
    for (ssize_t now; length < TEXT_BYTES - 1 && (now = read(file, text + length, TEXT_BYTES - 1 - length)) > 0;) length += (size_t)now;
    close(file);
    char *last_path = NULL;
    uintptr_t last_base = 0;
    for (char *line = text; mapping_count < MOST;) {
        char *end = strchr(line, '\n');
        if (end == NULL) break;
        *end = '\0';
        parse(line, &last_path, &last_base);
        line = end + 1;
    }
    return mapping_count > 0;
}

void census_mappings_unload(void) {
    if (text != NULL && text != MAP_FAILED) munmap(text, TEXT_BYTES);
    if (mappings != NULL && mappings != MAP_FAILED) munmap(mappings, MOST * sizeof(census_mapping));
    text = NULL;
    mappings = NULL;
    mapping_count = 0;
}

const census_mapping *census_mapping_of(uintptr_t address) {
    size_t low = 0, high = mapping_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (mappings[middle].end <= address) low = middle + 1;
        else high = middle;
    }
    return low < mapping_count && mappings[low].start <= address ? &mappings[low] : NULL;
}

#endif
