#ifndef INTERLOCK_COBJECTCENSUS_H
#define INTERLOCK_COBJECTCENSUS_H

/*
 * A library to preload into a Swift server on Linux, which tells on demand what lives on its heap, by type. It has no functions to
 * call: it takes the place of malloc and its kin, passes each call on, and remembers which blocks live.
 *
 *   LD_PRELOAD=/path/libInterlockObjectCensus.so INTERLOCK_CENSUS=/a/private/folder SERVER …
 *
 * Each process that is started so listens on FOLDER/PID.sock, a Unix socket that answers its own user and root. A client writes
 * "snapshot\n" and reads until the end:
 *
 *   interlock-census 1
 *   process PID
 *   blocks COUNT BYTES       live blocks, all kinds together; bytes as they were asked for, without malloc's own
 *   lost COUNT BYTES         blocks that there was no room to remember, since the process began
 *   own BYTES                what the library itself has of the process's memory
 *   swift COUNT BYTES NAME   one line for each metadata; a name may come more than once
 *   other COUNT BYTES UPTO   blocks that are no Swift object, of up to so many bytes and more than half of that
 *   end
 *
 * Without INTERLOCK_CENSUS it passes calls on and does nothing else. A child that was forked and starts no other program is not
 * counted. It must not be linked to Swift's libraries: a server with a runtime of its own linked in would then have two.
 */

/* The first line of an answer. */
#define INTERLOCK_CENSUS_GREETING "interlock-census 1"

#endif
