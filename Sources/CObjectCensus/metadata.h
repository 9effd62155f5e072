#ifndef INTERLOCK_CENSUS_METADATA_H
#define INTERLOCK_CENSUS_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the first word of a block says it is, where that is the metadata of a Swift object. The layouts are those of Swift's stable
 * ABI on platforms without Objective-C, 64 bits; docs/ABI/TypeMetadata.rst of the compiler describes them. Nothing is trusted:
 * every word is read with census_foreign_read, and whatever does not fit is no Swift object.
 */

/* Names are cut to this length, the zero at the end included. */
enum { CENSUS_NAME_BYTES = 256 };

typedef struct {
    char bytes[CENSUS_NAME_BYTES];
    size_t length;
} census_name;

typedef enum {
    CENSUS_NOT_SWIFT,
    /* An object whose type the metadata names. */
    CENSUS_OBJECT,
    /* The box of an error: the metadata of the error is the object's third word. */
    CENSUS_ERROR_BOX,
} census_kind;

/* Tells what objects with this metadata are; writes the name, and the least size that such an object has. */
census_kind census_metadata_kind(uintptr_t metadata, census_name *name, size_t *least_size);

/* The name of a type from its metadata: of a class, structure, enumeration, tuple, existential; "?" for what has none. */
void census_metadata_name(uintptr_t metadata, census_name *name);

#endif
