#ifndef C_ALLOCATION_COUNT_H
#define C_ALLOCATION_COUNT_H

#include <stdint.h>

/// Allocations of the whole process so far; the program that links this target has its malloc family counted.
uint64_t allocation_count(void);

/// Bytes asked for by those allocations.
uint64_t allocation_bytes(void);

#endif
