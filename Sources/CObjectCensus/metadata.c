#if defined(__linux__)

#include "metadata.h"

#include <string.h>

#include "context.h"
#include "foreign.h"

/* Kinds of metadata that stand at the head of objects. Smaller than any address. */
enum {
    KIND_CLASS = 0, KIND_LOCAL_VARIABLE = 0x400, KIND_GENERIC_BOX = 0x500, KIND_ERROR = 0x501, KIND_TASK = 0x502, KIND_JOB = 0x503,
};
/* Objects begin with their metadata and a word of reference counts. */
enum { OBJECT_HEADER = 16 };

/* The fields of a class's metadata that lie behind its kind. */
typedef struct {
    uintptr_t superclass;
    uint32_t flags, instance_address_point, instance_size;
    uint16_t instance_alignment_mask, reserved;
    uint32_t class_size, class_address_point;
    uintptr_t description;
} class_fields;

/* A class of Swift's own reference counting. */
static const uint32_t uses_swift_counting = 2;

static bool is_code(uintptr_t address) {
    const census_mapping *its = census_mapping_of(address);
    return its != NULL && its->can_execute;
}

static census_kind class_kind(uintptr_t metadata, census_name *name, size_t *least_size) {
    class_fields fields;
    if (!census_foreign_read(metadata + sizeof(uintptr_t), &fields, sizeof fields)) return CENSUS_NOT_SWIFT;
    if ((fields.flags & uses_swift_counting) == 0 || fields.instance_address_point != 0) return CENSUS_NOT_SWIFT;
    if (fields.instance_size < OBJECT_HEADER || fields.class_address_point < OBJECT_HEADER || fields.class_size <= fields.class_address_point) {
        return CENSUS_NOT_SWIFT;
    }
    if (!census_context_is_class(fields.description)) return CENSUS_NOT_SWIFT;
    *least_size = fields.instance_size;
    census_metadata_name(metadata, name);
    return name->length > 0 ? CENSUS_OBJECT : CENSUS_NOT_SWIFT;
}

/* Closure contexts have no name; what they hold and where their destroying function lies says which closure it is. */
static census_kind closure_kind(uintptr_t metadata, uintptr_t destroy, census_name *name) {
    const census_mapping *its = census_mapping_of(destroy);
    uintptr_t captures;
    census_name_add(name, "closure or box");
    if (census_foreign_read(metadata + 2 * sizeof(uintptr_t), &captures, sizeof captures)) census_captures_add(captures, name);
    census_name_add(name, ", ");
    census_name_add(name, its->name);
    census_name_add(name, "+");
    census_name_add_hexadecimal(name, destroy - its->base);
    return CENSUS_OBJECT;
}

static census_kind box_kind(uintptr_t metadata, census_name *name) {
    uintptr_t boxed;
    if (!census_foreign_read(metadata + 2 * sizeof(uintptr_t), &boxed, sizeof boxed)) return CENSUS_NOT_SWIFT;
    census_name_add(name, "box of ");
    census_metadata_name(boxed, name);
    return CENSUS_OBJECT;
}

census_kind census_metadata_kind(uintptr_t metadata, census_name *name, size_t *least_size) {
    name->length = 0;
    name->bytes[0] = '\0';
    *least_size = OBJECT_HEADER;
    if (metadata % sizeof(uintptr_t) != 0) return CENSUS_NOT_SWIFT;
    const census_mapping *its = census_mapping_of(metadata);
    if (its == NULL || !its->can_read) return CENSUS_NOT_SWIFT;
    /* What destroys an object, its value witnesses, and what the pointer leads to: the kind. */
    uintptr_t words[3];
    if (!census_foreign_read(metadata - 2 * sizeof(uintptr_t), words, sizeof words)) return CENSUS_NOT_SWIFT;
    if (words[2] > KIND_JOB || !is_code(words[0])) return CENSUS_NOT_SWIFT;
    switch (words[2]) {
    case KIND_CLASS: return class_kind(metadata, name, least_size);
    case KIND_LOCAL_VARIABLE: return closure_kind(metadata, words[0], name);
    case KIND_GENERIC_BOX: return box_kind(metadata, name);
    case KIND_ERROR:
        *least_size = OBJECT_HEADER + 2 * sizeof(uintptr_t);
        return CENSUS_ERROR_BOX;
    case KIND_TASK: census_name_add(name, "Task"); return CENSUS_OBJECT;
    case KIND_JOB: census_name_add(name, "Job of the concurrency runtime"); return CENSUS_OBJECT;
    default: return CENSUS_NOT_SWIFT;
    }
}

#endif
