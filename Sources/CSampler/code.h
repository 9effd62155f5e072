#ifndef INTERLOCK_CODE_H
#define INTERLOCK_CODE_H

#include "CSampler.h"

struct interlock_range {
    uintptr_t start, end;
};

struct interlock_code {
    size_t count, capacity;
    struct interlock_range *ranges;
};

#endif
