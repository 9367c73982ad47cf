#include "server_page.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi_json[] = {
#embed "openapi.json"
};

static const struct arcadia_page_file files[] = {
    {"openapi.json", openapi_json, sizeof openapi_json},
};

size_t arcadia_page_count(void) { return sizeof files / sizeof files[0]; }
struct arcadia_page_file arcadia_page_file(size_t index) { return files[index]; }
