/* Making the kernel hold the policy again after somebody changed it: what their events told,
 * at once and without a dump; or everything, read anew. Only what differs is sent, in one
 * transaction that is refused if yet another one came between.
 *
 * Does not know who it was; that is for who calls. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/gate.h"
#include "rule/before.h"

enum { DIFFERENCES_TOLD = 100 };

void mended_done(struct mended *mended)
{
	buf_done(&mended->what);
	*mended = (struct mended){ 0 };
}

static const char *kind_word(enum diff_kind kind)
{
	switch (kind) {
	case DIFF_TABLE:
		return "table";
	case DIFF_CHAIN:
		return "chain";
	case DIFF_RULE:
		return "rule";
	case DIFF_SET:
		return "set";
	case DIFF_ELEMENT:
		return "element";
	case DIFF_OBJECT:
		return "object";
	}
	return "";
}

/* Inside a thing that came or went as a whole, and was told already? */
static bool is_within(const struct diff_item *item, const struct diff_item *whole)
{
	if (!whole || item->op != whole->op || item->op == DIFF_CHANGE)
		return false;
	switch ((enum diff_kind)whole->kind) {
	case DIFF_TABLE:
		return item->table_was == whole->table_was && item->table_is == whole->table_is;
	case DIFF_CHAIN:
		return item->kind == DIFF_RULE && item->chain_was == whole->chain_was &&
		       item->chain_is == whole->chain_is;
	case DIFF_SET:
		return item->kind == DIFF_ELEMENT && item->set_was == whole->set_was &&
		       item->set_is == whole->set_is;
	case DIFF_RULE:
	case DIFF_ELEMENT:
	case DIFF_OBJECT:
		break;
	}
	return false;
}

/* The diff leads from what is there to what should be: what is to be added was removed. */
static void item_tell(struct buf *what, const struct diff_item *item, const struct ruleset *known)
{
	const struct table *any = item->table_is ? item->table_is : item->table_was;
	const struct table *table = ruleset_find_table(known, any->family, any->name);
	struct diff_item turned = *item;

	turned.op = item->op == DIFF_ADD      ? DIFF_REMOVE
		    : item->op == DIFF_REMOVE ? DIFF_ADD
					      : DIFF_CHANGE;
	turned.was = item->is;
	turned.is = item->was;
	/* a view lacks the sets that a rule is printed with */
	turned.table_was = table ? table : item->table_is;
	turned.table_is = table ? table : item->table_was;
	turned.was_object = item->is_object;
	turned.is_object = item->was_object;
	diff_item_print(what, &turned);
	buf_add_char(what, '\n');
}

static void mended_tell(struct mended *mended, const struct diff *diff, const struct ruleset *known)
{
	static const char *const done[] = { "removed", "added", "changed" };
	const struct diff_item *whole = NULL;
	size_t told = 0;

	if (diff->items.count && !mended->differences) {
		const struct diff_item *first = &diff->items.items[0];

		snprintf(mended->kind, sizeof(mended->kind), "%s-%s",
			 kind_word((enum diff_kind)first->kind), done[first->op]);
		snprintf(mended->object, sizeof(mended->object), "%s", first->path);
	}
	mended->differences += diff->count;
	vec_each(item, &diff->items) {
		if (is_within(item, whole))
			continue;
		whole = item;
		if (told++ == DIFFERENCES_TOLD)
			break;
		item_tell(&mended->what, item, known);
	}
}

static void hole_tell(const struct gate *gate, const struct mended *mended, const struct diff *diff)
{
	_cleanup_(ruleset_freep) struct ruleset *tampered = NULL;

	if (!mended->on_hole || !diff->count)
		return;
	tampered = ruleset_before(gate->now->ruleset, diff);
	mended->on_hole(mended->context, tampered);
}

bool gate_mend_touched(struct gate *gate, uint32_t generation, bool repair, struct mended *mended,
		       struct errs *errs)
{
	struct nft_applied applied;
	struct nft_view view;
	struct diff diff;
	bool done;

	if (!nft_view_read(gate->nft, clock_us(CLOCK_REALTIME) / 1000, &generation, &view, errs))
		return false;
	ruleset_diff(view.was, view.is, 0, &diff);
	done = nft_is_in_place(gate->nft, &diff);
	if (done && diff.count && repair)
		done = nft_apply(gate->nft, &diff, generation, &applied, errs) && !applied.unheard;
	else
		applied.generation = generation;
	if (done) {
		mended->guided = true;
		mended_tell(mended, &diff, gate->now->ruleset);
		gate->kernel_generation = gate->own_generation = applied.generation;
		mended->done_us = clock_us(CLOCK_MONOTONIC);
		hole_tell(gate, mended, &diff);
		nft_touched_clear(gate->nft);
	}
	diff_done(&diff);
	nft_view_done(&view);
	return done;
}

/* The kernel's own copy; NULL with errs. */
static struct ruleset *differences_tell(struct gate *gate, struct mended *mended, struct errs *errs)
{
	uint32_t generation;
	struct ruleset *kernel = nft_read(gate->nft, OUR_TABLE, &generation, errs);
	struct diff diff;

	if (!kernel)
		return NULL;
	ruleset_diff(kernel, gate->now->ruleset, 0, &diff);
	mended_tell(mended, &diff, gate->now->ruleset);
	diff_done(&diff);
	return kernel;
}

bool gate_mend(struct gate *gate, bool repair, struct mended *mended, struct errs *errs)
{
	_cleanup_(ruleset_freep) struct ruleset *kernel = NULL;
	struct nft_applied applied;
	bool done;

	generation_age(gate->now, clock_us(CLOCK_REALTIME) / 1000);
	nft_touched_clear(gate->nft);
	kernel = differences_tell(gate, mended, errs);
	if (!kernel)
		return false;
	done = repair && mended->differences
		       ? gate_put(gate, gate->now, &applied, errs)
		       : gate_holds(gate, gate->now, NULL, errs) || (!repair && !errs_errors(errs));
	mended->done_us = clock_us(CLOCK_MONOTONIC);
	if (mended->differences && mended->on_hole)
		mended->on_hole(mended->context, kernel);
	return done;
}

bool gate_remove_offload(struct gate *gate, const struct offload *offload, uint32_t *generation,
			 struct errs *errs)
{
	struct nft_applied applied;

	if (!nft_remove_offload(gate->nft, offload, *generation, &applied, errs))
		return false;
	/* own_generation stays: of ours nothing was looked at */
	gate->kernel_generation = *generation = applied.generation;
	return true;
}
