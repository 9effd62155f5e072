#ifndef CSANITIZER_H
#define CSANITIZER_H

/// Whether this build runs under ThreadSanitizer.
int csanitizer_is_active(void);

#endif
