/* The header, compiled: its layout asserts are checked whenever anything is built. */
#include "arcadia/plugin.h"
