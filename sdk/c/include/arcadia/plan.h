/* arcadia/plan.h: the extension "arcadia.plan/1". What an operation would do, told without doing it.
 *
 * `arcadia plan` asks for it. An operation that has it says `"plannable": true` in plugin.json; the plugin's extension()
 * answers ARCADIA_PLAN with a table of these functions:
 *
 *     static arcadia_status create_plan(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
 *         host->put_json(call, "/output/resources", arcadia_text("[{\"action\":\"create\",\"kind\":\"droplet\"}]"));
 *         return ARCADIA_OK;
 *     }
 *     static const arcadia_planned create = {sizeof(arcadia_planned), 0, "create", create_plan};
 *     static const arcadia_planned *const planned[] = {&create};
 *     static const arcadia_plan plan = {sizeof(arcadia_plan), 1, planned};
 *     static const void *extension(const char *id) { return strcmp(id, ARCADIA_PLAN) == 0 ? &plan : NULL; }
 *
 * THE HOST KEEPS IT DRY. A plan runs in a process of its own, made for it and ended after it, in which the host takes no
 * other function of the plugin than create() and those of this table: execute, compensate and probe are not called
 * there. That process may write no file and start no program; through arcadia.http/1 it may GET and HEAD, and every
 * other method is refused before it leaves the machine, with ARCADIA_E_DENIED. There is no checkpoint to read, and
 * checkpoint() writes none; suspend() fails the plan. It has as much time as the operation, 30 s at most.
 *
 * WHAT IT IS GIVEN. /with, as far as it is known before a run: what only a run knows is left out, whole members at a
 * time. What is left fits the operation's input schema, or nothing is asked. /inputs are the run's, /context is empty;
 * run_id is of no run, and there are no keys.
 *
 * WHAT IT SAYS, under /output:
 *
 *     { "resources": [{ "action": "create" | "change" | "delete",
 *                       "kind": "droplet", "name": "web-1", "id": "42", "region": "fra1", "size": "s-1vcpu-1gb",
 *                       "monthly": "6.00", "currency": "USD", "as_of": "2026-11-20" }],
 *       "notes": ["the image was not looked up: …"] }
 *
 * action and kind are needed. monthly is what the resource costs a month from then on (for delete: what it costs no
 * more), as decimal text, and goes with currency and with as_of, the day the price was true; leave all three out where
 * the price is not known. Resources that the operation does not touch do not belong here.
 *
 * FAILURE. What execute would surely refuse is best refused here, with ARCADIA_E_INPUT: fail(), then ARCADIA_FAILED. The
 * plan says so and is made all the same.
 */
#ifndef ARCADIA_PLAN_H
#define ARCADIA_PLAN_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ARCADIA_PLAN "arcadia.plan/1"

/* One operation that can be planned. */
typedef struct arcadia_planned {
    uint32_t struct_size;
    uint32_t reserved;     /* 0 */
    const char *operation; /* its name; the operation is plannable in plugin.json */

    /* Say what execute would do with this /with, and change nothing. [call] */
    arcadia_status (*plan)(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op);
} arcadia_planned;

/* What extension() answers to ARCADIA_PLAN. */
typedef struct arcadia_plan {
    uint32_t struct_size;
    uint32_t operation_count;
    const arcadia_planned *const *operations; /* operation_count pointers */
} arcadia_plan;

#if UINTPTR_MAX == 0xffffffffffffffffu
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_planned, operation) == 8, planned_operation);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_planned, plan) == 16, planned_plan);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_plan, operations) == 8, plan_operations);
#endif

#ifdef __cplusplus
}
#endif
#endif
