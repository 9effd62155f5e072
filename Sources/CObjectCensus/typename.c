/* Names of types from their metadata, with their generic arguments as far as they are plain types. */

#if defined(__linux__)

#include "context.h"
#include "foreign.h"

enum {
    KIND_CLASS = 0, KIND_STRUCTURE = 0x200, KIND_ENUMERATION = 0x201, KIND_OPTIONAL = 0x202, KIND_BUILTIN = 0x300, KIND_TUPLE = 0x301,
    KIND_FUNCTION = 0x302, KIND_EXISTENTIAL = 0x303, KIND_METATYPE = 0x304, KIND_EXISTENTIAL_METATYPE = 0x306,
};
enum { MOST_DEPTH = 4, MOST_ARGUMENTS = 4, AT_CLASS_DESCRIPTION = 40 };

static void add(uintptr_t metadata, census_name *name, unsigned depth);

static uintptr_t word(uintptr_t address) {
    uintptr_t value;
    return census_foreign_read(address, &value, sizeof value) ? value : 0;
}

/* Types at equal distances, between commas. */
static void add_list(uintptr_t first, size_t distance, size_t count, census_name *name, unsigned depth) {
    for (size_t index = 0; index < count && index < MOST_ARGUMENTS; index++) {
        if (index > 0) census_name_add(name, ", ");
        add(word(first + index * distance), name, depth + 1);
    }
    if (count > MOST_ARGUMENTS) census_name_add(name, ", …");
}

static void add_nominal(uintptr_t metadata, uintptr_t descriptor, census_name *name, unsigned depth) {
    size_t before = name->length;
    census_context_add_name(descriptor, name);
    if (name->length == before) return;
    uintptr_t first = 0;
    unsigned count = census_context_arguments(descriptor, metadata, &first);
    if (count == 0) return;
    census_name_add(name, "<");
    add_list(first, sizeof(uintptr_t), count, name, depth);
    census_name_add(name, ">");
}

static void add_existential(uintptr_t metadata, census_name *name) {
    struct { uint32_t flags, protocols; } its;
    if (!census_foreign_read(metadata + sizeof(uintptr_t), &its, sizeof its)) return census_name_add(name, "?");
    const uint32_t is_not_only_of_classes = 1u << 31, has_superclass = 1u << 30;
    if (its.protocols == 0) return census_name_add(name, (its.flags & is_not_only_of_classes) != 0 ? "Any" : "AnyObject");
    uintptr_t first = metadata + (2 + ((its.flags & has_superclass) != 0)) * sizeof(uintptr_t);
    census_name_add(name, "any ");
    for (uint32_t index = 0; index < its.protocols && index < MOST_ARGUMENTS; index++) {
        if (index > 0) census_name_add(name, " & ");
        census_context_add_name(word(first + index * sizeof(uintptr_t)), name);
    }
}

static void add(uintptr_t metadata, census_name *name, unsigned depth) {
    const census_mapping *its = census_mapping_of(metadata);
    uintptr_t kind;
    if (depth > MOST_DEPTH || metadata % sizeof(uintptr_t) != 0 || its == NULL || !its->can_read || !census_foreign_read(metadata, &kind, sizeof kind)) {
        return census_name_add(name, depth > MOST_DEPTH ? "…" : "?");
    }
    switch (kind) {
    case KIND_CLASS: return add_nominal(metadata, word(metadata + AT_CLASS_DESCRIPTION), name, depth);
    case KIND_STRUCTURE:
    case KIND_ENUMERATION:
    case KIND_OPTIONAL: return add_nominal(metadata, word(metadata + sizeof(uintptr_t)), name, depth);
    case KIND_BUILTIN: return census_name_add(name, "Builtin");
    case KIND_TUPLE:
        census_name_add(name, "(");
        /* Each element is a type and where it lies. */
        add_list(metadata + 3 * sizeof(uintptr_t), 2 * sizeof(uintptr_t), word(metadata + sizeof(uintptr_t)), name, depth);
        return census_name_add(name, ")");
    case KIND_FUNCTION: return census_name_add(name, "function");
    case KIND_EXISTENTIAL: return add_existential(metadata, name);
    case KIND_METATYPE:
    case KIND_EXISTENTIAL_METATYPE:
        add(word(metadata + sizeof(uintptr_t)), name, depth + 1);
        return census_name_add(name, ".Type");
    default: return census_name_add(name, "?");
    }
}

void census_metadata_name(uintptr_t metadata, census_name *name) { add(metadata, name, 0); }

#endif
