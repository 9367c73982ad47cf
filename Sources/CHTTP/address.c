/* Which addresses a plugin's request may end up at: the registries of RFC 6890, and v4 in v6's clothing. */
#define _GNU_SOURCE
#include "address.h"

#include "include/CHTTP.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

typedef struct v4_range {
    uint32_t network;
    int bits, class;
} v4_range;

static const v4_range v4_ranges[] = {
    {0x00000000, 8, CHTTP_SPECIAL},   /* 0/8: this network          */
    {0x0a000000, 8, CHTTP_PRIVATE},   /* 10/8                       */
    {0x64400000, 10, CHTTP_PRIVATE},  /* 100.64/10: shared          */
    {0x7f000000, 8, CHTTP_LOOPBACK},  /* 127/8                      */
    {0xa9fe0000, 16, CHTTP_LINK_LOCAL}, /* 169.254/16               */
    {0xac100000, 12, CHTTP_PRIVATE},  /* 172.16/12                  */
    {0xc0000000, 24, CHTTP_SPECIAL},  /* 192.0.0/24                 */
    {0xc0000200, 24, CHTTP_SPECIAL},  /* 192.0.2/24: documentation  */
    {0xc0586300, 24, CHTTP_SPECIAL},  /* 192.88.99/24: 6to4 relay   */
    {0xc0a80000, 16, CHTTP_PRIVATE},  /* 192.168/16                 */
    {0xc6120000, 15, CHTTP_PRIVATE},  /* 198.18/15: benchmarks      */
    {0xc6336400, 24, CHTTP_SPECIAL},  /* 198.51.100/24              */
    {0xcb007100, 24, CHTTP_SPECIAL},  /* 203.0.113/24               */
    {0xe0000000, 3, CHTTP_SPECIAL},   /* multicast and reserved     */
};

static int v4_class(uint32_t address) {
    for (size_t i = 0; i < sizeof v4_ranges / sizeof *v4_ranges; i++) {
        uint32_t mask = ~UINT32_C(0) << (32 - v4_ranges[i].bits);
        if ((address & mask) == v4_ranges[i].network) return v4_ranges[i].class;
    }
    return CHTTP_PUBLIC;
}

static uint32_t v4_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int starts_with(const uint8_t *address, const char *prefix, size_t length) {
    return memcmp(address, prefix, length) == 0;
}

static int v6_class(const uint8_t *address) {
    static const char zeros[16];
    if (memcmp(address, zeros, 16) == 0) return CHTTP_SPECIAL;
    if (memcmp(address, zeros, 15) == 0 && address[15] == 1) return CHTTP_LOOPBACK;
    if (starts_with(address, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12)) return v4_class(v4_at(address + 12)); /* mapped */
    if (memcmp(address, zeros, 12) == 0) return v4_class(v4_at(address + 12));                            /* compatible */
    if (starts_with(address, "\0\x64\xff\x9b\0\x01", 6)) return CHTTP_PRIVATE;                           /* local NAT64 */
    if (starts_with(address, "\0\x64\xff\x9b", 4)) return v4_class(v4_at(address + 12));                  /* NAT64 */
    if (starts_with(address, "\x20\x02", 2)) return v4_class(v4_at(address + 2));                         /* 6to4 */
    if (starts_with(address, "\x20\x01\0\0", 4)) return CHTTP_SPECIAL;                                    /* Teredo */
    if (starts_with(address, "\x20\x01\x0d\xb8", 4)) return CHTTP_SPECIAL;                                /* documentation */
    if ((address[0] & 0xfe) == 0xfc) return CHTTP_PRIVATE;                                                /* unique local */
    if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) return CHTTP_LINK_LOCAL;
    if (address[0] == 0xfe && (address[1] & 0xc0) == 0xc0) return CHTTP_PRIVATE;                          /* site local */
    if ((address[0] & 0xe0) != 0x20) return CHTTP_SPECIAL;                                                /* no unicast */
    return CHTTP_PUBLIC;
}

int arcadia_address_class(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return v4_class(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6) return v6_class(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return 0;
}

void arcadia_address_text(const struct sockaddr *address, char *text, size_t capacity) {
    const void *bytes = address->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
                                                      : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
    if (!inet_ntop(address->sa_family, bytes, text, (socklen_t)capacity)) snprintf(text, capacity, "no address");
}

int chttp_address_class(const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) return arcadia_address_class((struct sockaddr *)&v4);
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) return arcadia_address_class((struct sockaddr *)&v6);
    return 0;
}
