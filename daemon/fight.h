/* Is somebody fighting us for the tables, and who wins? Counts repairs and how long the tables
 * were wrong, over spans of ten seconds. Pure; the times are given. */
#pragma once

#include "base/base.h"

enum {
	FIGHT_SPAN_US = 10 * 1000000,
	FIGHT_REPAIRS = 20,      /* in a span: it is a fight */
	FIGHT_GAP_US = 2000,     /* found again so soon after a repair: it was wrong in between */
	FIGHT_LOSSES = 5,        /* repairs that failed one after another: it is lost */
	FIGHT_JUDGE_US = 2 * 1000000, /* the share of wrong time counts from here on */
};

struct fight {
	int64_t span_us;  /* when the span began; 0: no repair yet */
	int64_t last_us;  /* the last repair */
	int64_t wrong_us; /* for so long the tables were wrong within the span */
	unsigned repairs, losses;
	bool on;
};

enum fight_state { FIGHT_NONE, FIGHT_ON, FIGHT_LOST };

/* After each repair, done or not. */
enum fight_state fight_add(struct fight *fight, int64_t found_us, int64_t now_us, bool repaired);
/* Nothing happened for a span: it is over. */
bool fight_is_over(struct fight *fight, int64_t now_us);
