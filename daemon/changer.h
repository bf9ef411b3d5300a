/* Who changed something in the kernel: what the event says (pid, name of the program), and what
 * /proc knows of that process while it lives. What could not be learned stays unknown and is
 * said to be; a pid that belongs to another program by now is not taken for the one meant. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

struct changer {
	int32_t pid; /* 0: unknown */
	char program[64];
	bool seen; /* /proc knew it; otherwise nothing below is known */
	uint32_t uid;
	bool has_login;
	uint32_t login_uid;
	char user[64], login_user[64]; /* "": no name for the number */
	char unit[128];                /* of systemd, or "" */
	char command[256];
	int32_t parent_pid;
	char parent_program[64];
	int64_t age_ms; /* how long it had lived when it was seen */
};

struct changer changer_read(int32_t pid, const char *program);
struct changer changer_unknown(void);
/* The names of the users; may be slow where they live in a directory, so not before a repair. */
void changer_name_users(struct changer *changer);

/* "nft (pid 4711) of root, logged in as tanaka, in session-3.scope: nft insert rule …" */
void changer_print(struct buf *buf, const struct changer *changer);
json_t *changer_json(const struct changer *changer);
