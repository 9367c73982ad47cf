/* One call of an operation: what it was asked, what it wrote down, where it works, and how it fails. */
#ifndef FILES_STEP_H
#define FILES_STEP_H

#include "record.h"

extern const arcadia_host *host;

/* What a step writes down before it touches anything, and again when it is done: /checkpoint, and
 * /output/receipt for a compensation that gets only the result. */
typedef struct plan {
    char record[LONGEST_KEY + 1];
    char path[LONGEST_PATH]; /* make_directory: the first folder to make; empty when all were there */
    char to[LONGEST_PATH];   /* move: the target. make_directory: the last folder to make           */
    int32_t done;            /* the effect is there, and durable                                          */
    int32_t taken_back;
    int32_t keeps;      /* the record holds an `old` until the step is compensated            */
    int32_t appended;   /* append to a file that existed                                      */
    int64_t bytes;      /* written, appended, or removed                                      */
    int64_t old_bytes;  /* append: the length before                                          */
    uint64_t hash;      /* of what was written or appended                                    */
    uint64_t old_inode; /* of what was there: replaced, appended to, removed or moved         */
} plan;

typedef struct step {
    arcadia_call *call;
    const arcadia_op *op;
    const struct verb *verb;
    int root;
    arcadia_effect effect;   /* what a failure says about the world, as long as nothing else is known */
    int known;               /* the plan was read from a checkpoint or a receipt, not made now         */
    char path[LONGEST_PATH]; /* /with, checked                                                            */
    char to[LONGEST_PATH];
    plan plan;
    place place, target; /* of plan.path and plan.to; locked while this call runs */
    struct timespec observed; /* append: when the file was last written, as seen before copying it */
    record record;
} step;

/* What an operation does, in the order it does it. Each answers 0, an errno, or an ANSWER below after telling
 * the operator itself. */
typedef struct verb {
    int (*locate)(step *it);     /* from `with`: plan.path and plan.to                     */
    int (*observe)(step *it);    /* what is there now: fills the plan                      */
    int (*prepare)(step *it);    /* makes the record's `new` and `old`                     */
    int (*apply)(step *it);      /* one rename; RACED when the world is not as observed    */
    int (*is_applied)(step *it); /* given a published record                               */
    int (*take_back)(step *it);  /* must work again after it was cut off at any point      */
    int (*output)(step *it);
} verb;

enum {
    TOLD = -1,    /* fail() was called                  */
    RACED = -2,   /* observe again                      */
    NOTHING = -3, /* there is nothing to do             */
    STOPPED = -4  /* the host asked to stop             */
};

/* Tells the operator; answers TOLD. `subject` is a path, or NULL. */
int tell(step *it, arcadia_code code, arcadia_effect effect, const char *subject, const char *sentence);
int tell_errno(step *it, int error, arcadia_effect effect, const char *subject);

int read_path(step *it, const char *at, char path[LONGEST_PATH]);

int read_plan(arcadia_call *call, const char *at, plan *it);
int write_plan(arcadia_call *call, const char *at, const plan *it);

/* Opens and locks the places of the plan. A missing folder is no error: its place is then NOWHERE. */
int open_places(step *it);
void close_places(step *it);

#endif
