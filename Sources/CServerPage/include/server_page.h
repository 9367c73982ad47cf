/* The files of the operator's page, as part of the program. */
#ifndef ARCADIA_SERVER_PAGE_H
#define ARCADIA_SERVER_PAGE_H
#include <stddef.h>

struct arcadia_page_file {
    const char *name;           /* without a folder, eg: "app.js" */
    const unsigned char *bytes; /* they live as long as the program */
    size_t count;
};

size_t arcadia_page_count(void);
struct arcadia_page_file arcadia_page_file(size_t index);
#endif
