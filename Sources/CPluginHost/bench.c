#define _GNU_SOURCE
#include "CPluginHost.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static uint64_t more(uint64_t digest, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++) digest = (digest ^ at[i]) * 1099511628211u;
    return digest;
}

uint64_t arcadia_signal_digest(int number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (sigaction(number, NULL, &action) != 0) return 0;
    uint64_t digest = more(14695981039346656037u, &action.sa_flags, sizeof action.sa_flags);
    return more(digest, &action.sa_handler, sizeof action.sa_handler);
}

uint64_t arcadia_environment_digest(void) {
    uint64_t digest = 14695981039346656037u;
    for (char **entry = environ; entry && *entry; entry++) digest = more(digest, *entry, strlen(*entry) + 1);
    return digest;
}

typedef struct errand {
    void (*body)(void *context);
    void *context;
} errand;

static void *run(void *argument) {
    errand *it = argument;
    arcadia_prepare_thread();
    it->body(it->context);
    return NULL;
}

int arcadia_on_stack(size_t bytes, void (*body)(void *context), void *context) {
    errand it = {body, context};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, bytes);
    pthread_t thread;
    int failure = pthread_create(&thread, &attributes, run, &it);
    pthread_attr_destroy(&attributes);
    return failure ? failure : pthread_join(thread, NULL);
}
