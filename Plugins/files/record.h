/* The record of one step: <root>/.arcadia/<key>/.
 *
 *   new   what the step is about to put in place, complete
 *   old   what was there before: the file itself under a second name, not a copy
 *
 * A record is prepared as <key>~ and published as <key> by one rename, so a published one is complete. The
 * step's effect then is one rename as well: of `new` to its place, say. Whatever moment the host is killed at,
 * looking tells how far it came. */
#ifndef FILES_RECORD_H
#define FILES_RECORD_H

#include "tree.h"

enum { LONGEST_KEY = 200 };

typedef struct record {
    int root;
    int state;  /* .arcadia, open; -1: there is none                          */
    int folder; /* the record itself, open and locked while prepared; else -1 */
    char name[LONGEST_KEY + 1];
} record;

/* A file name for a key: the key itself where it can be one, else something as unique. */
void record_name(arcadia_str key, char name[LONGEST_KEY + 1]);

/* Opens what is there; makes nothing. */
int record_open(int root, const char *name, record *it);
void record_close(record *it);

int record_is_published(const record *it);
int record_has(const record *it, const char *entry);

int record_prepare(record *it);
int record_publish(record *it);

/* Removes it whether published or not, and .arcadia if it was the last. */
int record_drop(record *it);

/* Removes what killed hosts left half prepared: nothing in those was put in place. */
void records_sweep(int root);

#endif
