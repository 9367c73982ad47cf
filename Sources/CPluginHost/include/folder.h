/* Moving a folder in one step, which Glibc's module for Swift does not have. */
#ifndef ARCADIA_CPLUGINHOST_FOLDER_H
#define ARCADIA_CPLUGINHOST_FOLDER_H

#include <stdint.h>

/* Moves `from` to `to`. With `exchange` what is there takes the other's place, in one step; without, nothing may be there.
 * -1 with errno: nothing was moved. */
int32_t arcadia_put_in_place(const char *from, const char *to, int32_t exchange);

#endif
