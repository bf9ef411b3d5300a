/* Where clients come in: the socket in the file system, how many there is room for, and what each
 * may, by the kernel's word and the groups of the machine. Knows no protocol and no client. */
#pragma once

#include <sys/types.h>

#include "base/err.h"

enum right { /* each includes those before it */
	RIGHT_NONE,     /* what anybody may ask: the interface itself */
	RIGHT_VIEWER,   /* group sekisho-viewer */
	RIGHT_OPERATOR, /* group sekisho-operator, and root */
};

enum { DOOR_BACKLOG = 1024 }; /* how many may wait to be let in */

/* A listening socket, anybody may connect to it; -1 with an err. */
int door_open(const char *path, struct errs *errs);

/* How many clients at a time; makes room for them as far as it is allowed to. */
size_t door_places(void);

/* The groups by number, looked up once: strangers who come and go shall not have us ask a name
 * service, which may be slow or hang, as often as they like. */
struct door_groups {
	gid_t viewer, operator;
};
void door_groups(struct door_groups *ret_groups);

/* By the groups the peer had when it connected, from the kernel. */
enum right door_right(const struct door_groups *known, int fd);
