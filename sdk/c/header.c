/* The headers, compiled: their layout asserts are checked whenever anything is built. */
#include "arcadia/http.h"
#include "arcadia/plan.h"
#include "arcadia/plugin.h"
#include "arcadia/testing.h"
#include "arcadia/typed.h"
