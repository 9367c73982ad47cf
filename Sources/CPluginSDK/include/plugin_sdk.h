/* The SDKs and templates for plugins, as part of the program: a new plugin needs nothing that lies elsewhere. */
#ifndef ARCADIA_PLUGIN_SDK_H
#define ARCADIA_PLUGIN_SDK_H
#include <stddef.h>

struct arcadia_sdk_file {
    const char *path;           /* below the folder sdk, eg: "templates/c/greeter.c" */
    const unsigned char *bytes; /* they live as long as the program */
    size_t count;
};

size_t arcadia_sdk_count(void);
struct arcadia_sdk_file arcadia_sdk_file(size_t index);
#endif
