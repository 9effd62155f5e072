/* What glibc's allocator says about itself: mallinfo2. The Glibc module leaves this header out. */
#include <malloc.h>
