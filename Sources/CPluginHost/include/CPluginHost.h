/* What the host needs of C: marks that survive the process, and handlers that may only do what a signal handler may. */
#ifndef ARCADIA_CPLUGINHOST_H
#define ARCADIA_CPLUGINHOST_H

#include <stdint.h>

/* One run's place in a host's file of marks: mapped and shared, so the kernel keeps it when the process is killed.
 * 256 bytes, so that no mark straddles a page. */
typedef struct arcadia_mark {
    int64_t run;     /* the run's number in the database; 0: the slot is free                                  */
    int32_t licence; /* the event that licensed the call                                                        */
    int32_t begun;   /* 1: the call has begun and what it did is not yet durable                                */
    int32_t cause;   /* 0; a signal's number; ARCADIA_CAUSE_EXIT: the plugin ended the process by a call        */
    int32_t image;   /* the host's own number for the image named here, so that it is copied only when it changes */
    char hash[65];
    char plugin[47];
    char version[32];
    char operation[48];
    char run_id[40];
} arcadia_mark;

enum { ARCADIA_CAUSE_EXIT = -1 };

/* Signals that a fault raises are attributed to the call of the thread that raised them, told on stderr, and then do what
 * they would have done. Once per process. */
void arcadia_install_crash_handlers(void);

/* What to say when an operator interrupts the process (INT, TERM, HUP); then it ends as it would have. NULL: nothing. */
void arcadia_say_when_interrupted(const char *text);

/* An alternate stack for this thread, so that even an overflow of its own can be attributed. */
void arcadia_prepare_thread(void);
/* Has this thread been prepared: is it one of the host's own? */
int arcadia_is_host_thread(void);

/* The mark counts from now on, and this thread is inside a plugin. */
void arcadia_enter_call(arcadia_mark *mark);
void arcadia_leave_call(void);

/* The call this thread is in: the handle the plugin was given, and the host's object behind it. A plugin nearly always
 * uses its handle on the thread it was given it on, so this spares the look-up under a lock. */
void arcadia_set_current_call(const void *handle, void *object);
void *arcadia_current_call(const void *handle); /* NULL: not the one this thread is in */

/* A descriptor that is readable once it was raised; <sys/eventfd.h> is not in Swift's Glibc. -1: none to be had. */
int arcadia_flag_open(int is_raised);
void arcadia_flag_raise(int descriptor);

/* What the handler of a fault does: for handlers of our own. Returns only where the signal is blocked. */
void arcadia_attribute(int signal_number);

/* In a worker a crash is told to the host by the mark alone, without a word on stderr. */
void arcadia_crash_silently(void);

/* ---- Functions whose type is known only when they are loaded: libffi -------------------------------- */

enum {
    ARCADIA_SHAPE_VOID, ARCADIA_SHAPE_INT8, ARCADIA_SHAPE_INT16, ARCADIA_SHAPE_INT32, ARCADIA_SHAPE_INT64,
    ARCADIA_SHAPE_UINT8, ARCADIA_SHAPE_UINT16, ARCADIA_SHAPE_UINT32, ARCADIA_SHAPE_UINT64, ARCADIA_SHAPE_FLOAT,
    ARCADIA_SHAPE_DOUBLE, ARCADIA_SHAPE_POINTER
};
enum { ARCADIA_SHAPE_MOST = 65 };

/* A function's type as libffi wants it: made once, used from any thread, never freed. Up to ARCADIA_SHAPE_MOST
 * arguments. */
typedef struct arcadia_shape arcadia_shape;
const arcadia_shape *arcadia_shape_make(int32_t result, const int32_t *arguments, uint32_t count);
/* Calls with a word for each argument, the value in its low bytes. The result comes the same way: of a type that is
 * narrower than the word only the low bytes count. */
uint64_t arcadia_shape_call(const arcadia_shape *shape, void (*function)(void), const uint64_t *words);

/* A name for a cause. eg: "SIGSEGV", "exit" */
const char *arcadia_cause_name(int32_t cause);

#include "bench.h"
#include "folder.h"
#include "worker.h"

#endif
