/* See fight.h. */
#include "daemon/fight.h"

enum fight_state fight_add(struct fight *fight, int64_t found_us, int64_t now_us, bool repaired)
{
	int64_t within_us;

	if (!fight->span_us || now_us - fight->span_us > FIGHT_SPAN_US) {
		fight->on = fight->repairs >= FIGHT_REPAIRS;
		fight->span_us = found_us;
		fight->wrong_us = 0;
		fight->repairs = 0;
	}
	fight->repairs++;
	if (fight->last_us && found_us - fight->last_us < FIGHT_GAP_US &&
	    found_us > fight->last_us && fight->last_us > fight->span_us)
		found_us = fight->last_us;
	fight->last_us = now_us;
	fight->wrong_us += now_us - found_us;
	fight->losses = repaired ? 0 : fight->losses + 1;
	fight->on |= fight->repairs >= FIGHT_REPAIRS;
	within_us = now_us - fight->span_us;
	if (fight->losses >= FIGHT_LOSSES ||
	    (fight->on && within_us >= FIGHT_JUDGE_US && fight->wrong_us > within_us / 2))
		return FIGHT_LOST;
	return fight->on ? FIGHT_ON : FIGHT_NONE;
}

bool fight_is_over(struct fight *fight, int64_t now_us)
{
	if (!fight->last_us || now_us - fight->last_us < FIGHT_SPAN_US)
		return false;
	*fight = (struct fight){ 0 };
	return true;
}
