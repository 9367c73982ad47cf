/* zlib: two checksums of an existing library as operations. Nothing of it is written here but their types. */
#include "arcadia/typed.h"

#include <zlib.h>

static uint32_t crc(const uint8_t *data, size_t length) { return (uint32_t)crc32_z(0, data, length); }
static uint32_t adler(const uint8_t *data, size_t length) { return (uint32_t)adler32_z(1, data, length); }

ARCADIA_TYPED_PLUGIN("zlib", "1.0.0",
                     ARCADIA_FUNCTION(crc, (uint32, "crc32"), "crc32", (bytes, "data")),
                     ARCADIA_FUNCTION(adler, (uint32, "adler32"), "adler32", (bytes, "data")));
