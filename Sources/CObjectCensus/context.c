#if defined(__linux__)

#include "context.h"

#include <string.h>

#include "foreign.h"

enum { MODULE = 0, EXTENSION = 1, ANONYMOUS = 2, PROTOCOL = 3, CLASS = 16, STRUCTURE = 17, ENUMERATION = 18 };
enum { MOST_PARENTS = 8, TEXT_BYTES = 128 };

/* What every descriptor of a type begins with. The offsets count from where each stands. */
typedef struct {
    uint32_t flags;
    int32_t parent, name;
} head;

static bool is_in_file(uintptr_t address) {
    const census_mapping *its = census_mapping_of(address);
    return address % 4 == 0 && its != NULL && its->can_read && its->has_file;
}

static bool read_head(uintptr_t descriptor, head *its) { return is_in_file(descriptor) && census_foreign_read(descriptor, its, sizeof *its); }

static unsigned kind(const head *its) { return its->flags & 0x1F; }

bool census_context_is_class(uintptr_t descriptor) {
    head its;
    return read_head(descriptor, &its) && kind(&its) == CLASS;
}

void census_name_add(census_name *name, const char *text) {
    for (; *text != '\0' && name->length < CENSUS_NAME_BYTES - 1; text++) {
        unsigned char byte = (unsigned char)*text;
        name->bytes[name->length++] = byte < 0x20 || byte == 0x7F ? '?' : *text;
    }
    name->bytes[name->length] = '\0';
}

void census_name_add_hexadecimal(census_name *name, uintptr_t number) {
    char text[2 + 2 * sizeof number + 1] = "0x";
    unsigned digits = 1;
    while (digits < 2 * sizeof number && number >> (4 * digits) != 0) digits++;
    for (unsigned digit = 0; digit < digits; digit++) text[2 + digit] = "0123456789abcdef"[number >> (4 * (digits - 1 - digit)) & 0xF];
    text[2 + digits] = '\0';
    census_name_add(name, text);
}

/* Text of a file that ends with a zero, read up to the next page at a time, since it may end where the file does. */
static bool read_text(uintptr_t address, char text[TEXT_BYTES]) {
    size_t length = 0;
    while (length < TEXT_BYTES - 1) {
        uintptr_t at = address + length;
        size_t some = 4096 - at % 4096;
        if (some > 32) some = 32;
        if (some > TEXT_BYTES - 1 - length) some = TEXT_BYTES - 1 - length;
        if (!census_foreign_read(at, text + length, some)) return false;
        if (memchr(text + length, '\0', some) != NULL) return true;
        length += some;
    }
    text[TEXT_BYTES - 1] = '\0';
    return true;
}

/* The descriptor around this one; its lowest bit set means that the offset leads to a pointer to it. 0: none. */
static uintptr_t parent(uintptr_t descriptor, const head *its) {
    if (its->parent == 0) return 0;
    uintptr_t address = descriptor + offsetof(head, parent) + (uintptr_t)(intptr_t)(its->parent & ~1);
    if ((its->parent & 1) == 0) return address;
    uintptr_t found;
    return census_foreign_read(address, &found, sizeof found) ? found : 0;
}

void census_context_add_name(uintptr_t descriptor, census_name *name) {
    /* From the type outwards, and then written from the module inwards. */
    char texts[MOST_PARENTS][TEXT_BYTES];
    unsigned count = 0;
    head its;
    for (unsigned steps = 0; steps < 2 * MOST_PARENTS && count < MOST_PARENTS && descriptor != 0 && read_head(descriptor, &its); steps++) {
        bool has_name = kind(&its) == MODULE || kind(&its) == PROTOCOL || (kind(&its) >= CLASS && kind(&its) <= ENUMERATION);
        if (has_name) {
            if (!read_text(descriptor + offsetof(head, name) + (uintptr_t)(intptr_t)its.name, texts[count])) break;
            if (kind(&its) != MODULE || strcmp(texts[count], "Swift") != 0) count++;
        }
        descriptor = parent(descriptor, &its);
    }
    for (unsigned index = count; index-- > 0;) {
        census_name_add(name, texts[index]);
        if (index > 0) census_name_add(name, ".");
    }
}

/* The part of a generic type's descriptor that says what its parameters are. */
typedef struct {
    int32_t cache, pattern;
    uint16_t parameters, requirements, key_arguments, flags;
} generic_head;

/* The part of a class's descriptor that says where its own words are in the metadata. */
typedef struct {
    union { uint32_t words_below; int32_t bounds; };
    uint32_t words_above, own_words;
} class_extent;

enum { IS_GENERIC = 1 << 7, HAS_PACKS = 1, OWN_WORDS_ARE_BELOW = 1 << 28, HAS_RESILIENT_SUPERCLASS = 1 << 29 };
enum { AT_CLASS_EXTENT = 24, AT_CLASS_GENERICS = 44, AT_VALUE_GENERICS = 28 };

static bool class_arguments(uintptr_t descriptor, uint32_t flags, uintptr_t metadata, uintptr_t *first) {
    class_extent extent;
    if (!census_foreign_read(descriptor + AT_CLASS_EXTENT, &extent, sizeof extent)) return false;
    intptr_t offset;
    if ((flags & HAS_RESILIENT_SUPERCLASS) != 0) {
        /* The runtime writes it down when it has seen the superclass. */
        uintptr_t bounds = descriptor + AT_CLASS_EXTENT + (uintptr_t)(intptr_t)extent.bounds;
        if (!census_foreign_read(bounds, &offset, sizeof offset)) return false;
    } else if ((flags & OWN_WORDS_ARE_BELOW) != 0) {
        offset = -(intptr_t)extent.words_below * (intptr_t)sizeof(uintptr_t);
    } else {
        offset = ((intptr_t)extent.words_above - (intptr_t)extent.own_words) * (intptr_t)sizeof(uintptr_t);
    }
    *first = metadata + (uintptr_t)offset;
    return true;
}

unsigned census_context_arguments(uintptr_t descriptor, uintptr_t metadata, uintptr_t *first) {
    head its;
    generic_head generic;
    if (!read_head(descriptor, &its) || (its.flags & IS_GENERIC) == 0) return 0;
    bool is_class = kind(&its) == CLASS;
    if (!census_foreign_read(descriptor + (is_class ? AT_CLASS_GENERICS : AT_VALUE_GENERICS), &generic, sizeof generic)) return 0;
    if ((generic.flags & HAS_PACKS) != 0 || generic.key_arguments < generic.parameters) return 0;
    if (!is_class) *first = metadata + 2 * sizeof(uintptr_t);
    else if (!class_arguments(descriptor, its.flags, metadata, first)) return 0;
    return generic.parameters;
}

#endif
