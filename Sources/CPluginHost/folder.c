#define _GNU_SOURCE
#include "CPluginHost.h"

#include <fcntl.h>
#include <stdio.h>

int32_t arcadia_put_in_place(const char *from, const char *to, int32_t exchange) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, exchange ? RENAME_EXCHANGE : RENAME_NOREPLACE);
}
