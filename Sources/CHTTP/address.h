#ifndef ARCADIA_ADDRESS_H
#define ARCADIA_ADDRESS_H
#include <stddef.h>
#include <sys/socket.h>
int arcadia_address_class(const struct sockaddr *address);
void arcadia_address_text(const struct sockaddr *address, char *text, size_t capacity);
#endif
