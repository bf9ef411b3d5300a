/* Changes of sets; see mutate.h. */
#include <string.h>

#include "unit/mutate_parts.h"

static struct element *element_pick(const struct set *set, struct dice *dice)
{
	return &set->elements.items[roll(dice, (uint32_t)set->elements.count)];
}

const char *element_change(struct ruleset *ruleset, struct dice *dice)
{
	struct set *set = set_pick(ruleset, dice);
	struct element *element;

	if (!set)
		return NULL;
	element = element_pick(set, dice);
	if (set->is_map && set->data == DATUM_MARK && roll(dice, 2)) {
		element->mark = roll(dice, 2) ? element->mark ^ 1u << roll(dice, 32)
					      : 1 + roll(dice, 12);
		return "another mark";
	}
	if (set->is_map && set->data == DATUM_VERDICT && roll(dice, 2)) {
		element->verdict = element_pick(set, dice)->verdict;
		return "another verdict of an element";
	}
	((uint8_t *)(roll(dice, 2) && element->key_end
			     ? element->key_end
			     : element->key))[roll(dice, set->key_bytes)] ^=
		(uint8_t)(1u << roll(dice, 8));
	return "another key";
}

const char *element_more(struct ruleset *ruleset, struct dice *dice)
{
	struct set *set = set_pick(ruleset, dice);
	struct element old, *element;

	if (!set)
		return NULL;
	old = *element_pick(set, dice);
	element = set_add_element(ruleset, set, old.key_end);
	element->mark = old.mark;
	if (set->is_map && set->data == DATUM_VERDICT)
		element->verdict = old.verdict;
	memcpy(element_key(element), old.key, set->key_bytes);
	if (old.key_end)
		memcpy(element_key(element) + set->key_bytes, old.key_end, set->key_bytes);
	if (roll(dice, 4))
		element_key(element)[roll(dice, set->key_bytes)] ^= (uint8_t)(1u << roll(dice, 8));
	else
		element->key = element->key_end = NULL; /* the catch-all */
	return "an element more";
}

const char *element_less(struct ruleset *ruleset, struct dice *dice)
{
	struct set *set = set_pick(ruleset, dice);

	if (!set)
		return NULL;
	*element_pick(set, dice) = set->elements.items[set->elements.count - 1];
	set->elements.count--;
	return "an element less";
}

const char *set_change(struct ruleset *ruleset, struct dice *dice)
{
	struct set *set = set_pick(ruleset, dice);

	if (!set)
		return NULL;
	set->flags ^= SET_DYNAMIC;
	return "packets may add elements";
}
