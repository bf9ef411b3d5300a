/* What the daemon says of itself, as JSON: the keys of CLI.md; and the methods' functions. */
#pragma once

#include "daemon/control.h"
#include "wire/wire.h"

json_t *status_json(struct control *control);
json_t *json_wall(const struct gate *gate, struct wall wall);
/* The findings are for the one who asks, in that one's language. */
void lang_take(const struct wire_call *call);
void failed_reply(struct client *client, const char *error, const struct errs *errs);

void run_dump(struct control *control, struct client *client, const struct wire_call *call);
void run_flows(struct control *control, struct client *client, const struct wire_call *call);
json_t *posture_counts_json(struct control *control);
void run_posture(struct control *control, struct client *client, const struct wire_call *call);
void run_hosts(struct control *control, struct client *client, const struct wire_call *call);
