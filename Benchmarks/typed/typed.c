/* typed: a function that does next to nothing, so that a call of it costs what calling costs. */
#include "arcadia/typed.h"

static double weigh(int64_t count, double each, const char *unit, const uint8_t *data, size_t length) {
    return (double)count * each + unit[0] + (double)length + data[0];
}

ARCADIA_TYPED_PLUGIN("typed", "1.0.0",
                     ARCADIA_FUNCTION(weigh, (double, "weight"), "weigh", (int64, "count"), (double, "each"),
                                      (cstr, "unit"), (bytes, "data")));
