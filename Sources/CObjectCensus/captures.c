/* What a closure's context or a box holds, as the compiler wrote it down for reflection: types as mangled names with references in them. */

#if defined(__linux__)

#include <string.h>

#include "context.h"
#include "foreign.h"

enum { MOST_CAPTURES = 4, TEXT_BYTES = 64 };
/* Within a mangled name: a reference of four bytes to a context, the same to a pointer to one; up to 0x17 others of four, up to 0x1F of eight. */
enum { DIRECT = 0x01, INDIRECT = 0x02, LAST_RELATIVE = 0x17, LAST_ABSOLUTE = 0x1F };

typedef struct {
    uint32_t captures, sources, bindings;
} head;

static uintptr_t relative(uintptr_t place, int32_t offset) { return offset == 0 ? 0 : place + (uintptr_t)(intptr_t)offset; }

/* The short names of types that are met everywhere. */
static const char *known(const char *mangled) {
    static const struct { char mangled[4]; const char *name; } names[] = {
        {"Si", "Int"}, {"SS", "String"}, {"Sb", "Bool"}, {"Sd", "Double"}, {"Su", "UInt"}, {"ypG", "Any"}, {"yyc", "() -> ()"},
    };
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        if (strcmp(names[index].mangled, mangled) == 0) return names[index].name;
    }
    return NULL;
}

/* The types that a mangled name refers to, one behind the other: enough to recognise it by. */
static void add_type(uintptr_t mangled, census_name *name) {
    unsigned char text[TEXT_BYTES + 1] = {0};
    size_t length = 0;
    while (length < TEXT_BYTES && census_foreign_read(mangled + length, text + length, 1) && text[length] != 0) {
        size_t reference = text[length] <= LAST_RELATIVE ? 4 : text[length] <= LAST_ABSOLUTE ? 8 : 0;
        if (length + 1 + reference > TEXT_BYTES) break;
        if (reference > 0 && !census_foreign_read(mangled + length + 1, text + length + 1, reference)) break;
        length += 1 + reference;
    }
    const char *short_name = known((const char *)text);
    if (short_name != NULL) return census_name_add(name, short_name);
    size_t before = name->length;
    for (size_t at = 0; at < length; at++) {
        if (text[at] == DIRECT || text[at] == INDIRECT) {
            int32_t offset;
            memcpy(&offset, text + at + 1, sizeof offset);
            uintptr_t context = relative(mangled + at + 1, offset);
            if (text[at] == INDIRECT && !census_foreign_read(context, &context, sizeof context)) context = 0;
            if (name->length > before) census_name_add(name, " ");
            if (context != 0) census_context_add_name(context, name);
        }
        if (text[at] <= LAST_RELATIVE) at += 4;
        else if (text[at] <= LAST_ABSOLUTE) at += 8;
    }
    if (name->length == before) census_name_add(name, "…");
}

void census_captures_add(uintptr_t descriptor, census_name *name) {
    const census_mapping *its = census_mapping_of(descriptor);
    head captures;
    if (descriptor % 4 != 0 || its == NULL || !its->has_file || !census_foreign_read(descriptor, &captures, sizeof captures)) return;
    if (captures.captures == 0 || captures.captures > 1024) return;
    census_name_add(name, " of (");
    for (uint32_t index = 0; index < captures.captures && index < MOST_CAPTURES; index++) {
        uintptr_t record = descriptor + sizeof captures + index * sizeof(int32_t);
        int32_t offset;
        if (index > 0) census_name_add(name, ", ");
        uintptr_t mangled = census_foreign_read(record, &offset, sizeof offset) ? relative(record, offset) : 0;
        if (mangled == 0) census_name_add(name, "…");
        else add_type(mangled, name);
    }
    census_name_add(name, captures.captures > MOST_CAPTURES ? ", …)" : ")");
}

#endif
