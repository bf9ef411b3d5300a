/* See hole.h. */
#include "daemon/hole.h"

#include <stdlib.h>

#include "daemon/child.h"
#include "daemon/prover.h"

enum { HOLE_MOST_USEC = 60 * 1000000, ANSWER_MOST_BYTES = 1 << 20 };

struct hole {
	struct child *child;
	const struct generation *generation;
	const struct isolations *isolations;
	const struct ruleset *tampered; /* for the child alone */
	hole_on_done *on_done;
	void *context;
};

static bool hole_work(void *context, int fd)
{
	struct hole *hole = context;
	json_t *admitted = prover_admitted(hole->generation, hole->isolations, hole->tampered);
	char *text = admitted ? json_dumps(admitted, JSON_COMPACT) : NULL;
	struct buf bytes = { 0 };
	bool done;

	if (!text)
		return false;
	buf_add_text(&bytes, text);
	done = child_write(fd, buf_text(&bytes), bytes.count);
	free(text);
	buf_done(&bytes);
	json_decref(admitted);
	return done;
}

static void on_answer(void *context, const void *bytes, size_t count, const char *why)
{
	struct hole *hole = context;
	json_t *admitted = bytes ? json_loadb(bytes, count, 0, NULL) : NULL;

	(void)why;
	if (!json_is_array(admitted)) {
		json_decref(admitted);
		admitted = NULL;
	}
	hole->on_done(hole->context, admitted);
	json_decref(admitted);
}

struct hole *hole_start(sd_event *event, const struct generation *generation,
			const struct isolations *isolations, const struct ruleset *tampered,
			hole_on_done *on_done, void *context, struct errs *errs)
{
	struct hole *hole = calloc(1, sizeof(*hole));
	struct child_plan plan = { .name = "sekishod-hole",
				   .most_usec = HOLE_MOST_USEC,
				   .most_bytes = ANSWER_MOST_BYTES,
				   .work = hole_work,
				   .on_done = on_answer,
				   .context = hole };

	if (!hole)
		abort();
	*hole = (struct hole){ .generation = generation,
			       .isolations = isolations,
			       .tampered = tampered,
			       .on_done = on_done,
			       .context = context };
	hole->child = child_start(event, &plan, errs);
	if (hole->child)
		return hole;
	hole_free(hole);
	return NULL;
}

void hole_free(struct hole *hole)
{
	if (!hole)
		return;
	child_free(hole->child);
	free(hole);
}
