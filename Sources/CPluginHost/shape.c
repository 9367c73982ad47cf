#include "CPluginHost.h"

#include <ffi.h>
#include <stdlib.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "a value is taken from the low bytes of its word"
#endif
_Static_assert(sizeof(void *) == 8 && sizeof(ffi_arg) == 8, "a word holds a pointer, and any result as libffi widens it");

struct arcadia_shape {
    ffi_cif cif;
    ffi_type *arguments[]; /* the cif points here */
};

static ffi_type *const types[] = {
    [ARCADIA_SHAPE_VOID] = &ffi_type_void,     [ARCADIA_SHAPE_INT8] = &ffi_type_sint8,
    [ARCADIA_SHAPE_INT16] = &ffi_type_sint16,  [ARCADIA_SHAPE_INT32] = &ffi_type_sint32,
    [ARCADIA_SHAPE_INT64] = &ffi_type_sint64,  [ARCADIA_SHAPE_UINT8] = &ffi_type_uint8,
    [ARCADIA_SHAPE_UINT16] = &ffi_type_uint16, [ARCADIA_SHAPE_UINT32] = &ffi_type_uint32,
    [ARCADIA_SHAPE_UINT64] = &ffi_type_uint64, [ARCADIA_SHAPE_FLOAT] = &ffi_type_float,
    [ARCADIA_SHAPE_DOUBLE] = &ffi_type_double, [ARCADIA_SHAPE_POINTER] = &ffi_type_pointer,
};

const arcadia_shape *arcadia_shape_make(int32_t result, const int32_t *arguments, uint32_t count) {
    arcadia_shape *shape = malloc(sizeof *shape + count * sizeof shape->arguments[0]);
    if (!shape || count > ARCADIA_SHAPE_MOST) abort();
    for (uint32_t i = 0; i < count; i++) shape->arguments[i] = types[arguments[i]];
    /* Fails only for types and calling conventions that are not in the list above. */
    if (ffi_prep_cif(&shape->cif, FFI_DEFAULT_ABI, count, types[result], shape->arguments) != FFI_OK) abort();
    return shape;
}

uint64_t arcadia_shape_call(const arcadia_shape *shape, void (*function)(void), const uint64_t *words) {
    void *values[ARCADIA_SHAPE_MOST];
    for (unsigned i = 0; i < shape->cif.nargs; i++) values[i] = (void *)&words[i];
    uint64_t result = 0;
    /* libffi reads the cif and the values, and changes neither. */
    ffi_call((ffi_cif *)&shape->cif, function, &result, values);
    return result;
}
