#ifndef INTERLOCK_CENSUS_CONTEXT_H
#define INTERLOCK_CENSUS_CONTEXT_H

#include "metadata.h"

/* Descriptors of contexts: modules, types and what lies between them, as the compiler wrote them into a file. */

/* Whether the descriptor of a class lies there, in what a file was mapped to. */
bool census_context_is_class(uintptr_t descriptor);

/* Appends the name with the types and the module around it; Swift's own module is left out. */
void census_context_add_name(uintptr_t descriptor, census_name *name);

/* Where the generic arguments of a type begin in its metadata, and how many there are; none where they are not plain types. */
unsigned census_context_arguments(uintptr_t descriptor, uintptr_t metadata, uintptr_t *first);

/* Appends what a closure's context or a box holds, in parentheses; nothing where that was not written down. */
void census_captures_add(uintptr_t descriptor, census_name *name);

/* Text for a name; control characters become '?', and what is too long is cut. */
void census_name_add(census_name *name, const char *text);
void census_name_add_hexadecimal(census_name *name, uintptr_t number);

#endif
