/* See generation.h. */
#include "daemon/generation.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "conf/conf.h"
#include "daemon/prover.h"
#include "guide/guide.h"

const char lockdown_policy[] =
	"version = 1;\n"
	"policy: { organisation = \"lockdown\"; gateway = \"lockdown\"; edition = \"R7.3\"; model = \"alpha\"; };\n"
	"zones: { };\n";

static void hash_make(struct generation *generation)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)buf_text(&generation->canonical),
			   generation->canonical.count);
	sodium_bin2hex(generation->hash, sizeof(generation->hash), hash, sizeof(hash));
}

static void set_deadlines_keep(const struct ruleset *before, const struct set *set_before,
			       const struct ruleset *after, const struct set *set_after)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct map known = { 0 };

	vec_each(element, &set_before->elements)
		if (element->timeout_ms)
			map_add(scratch, &known, element->key, set_before->key_bytes, element);
	vec_each(element, &set_after->elements) {
		const struct element *kept;

		if (!element->timeout_ms)
			continue;
		kept = map_find(&known, element->key, set_after->key_bytes);
		if (!kept || element_ends_ms(kept, before->at_ms) !=
				     element_ends_ms(element, after->at_ms))
			continue;
		element->expires_ms = element->timeout_ms;
		element->timeout_ms = kept->timeout_ms;
	}
}

/* An open window has one deadline, however often it is compiled: an element that is in the
 * kernel already keeps the timeout it was given there, so that it is no difference. */
static void deadlines_keep(const struct ruleset *before, struct ruleset *after)
{
	const struct table *old_table = ruleset_find_table(before, TABLE_INET, "sekisho");
	const struct table *new_table = ruleset_find_table(after, TABLE_INET, "sekisho");

	if (!old_table || !new_table)
		return;
	vec_each(set, &new_table->sets) {
		const struct set *old = table_find_set(old_table, (*set)->name);

		if ((*set)->flags & SET_TIMEOUT && old && old->key_bytes == (*set)->key_bytes)
			set_deadlines_keep(before, old, after, *set);
	}
}

static struct ruleset *compile(struct generation *generation,
			       const struct generation_options *options,
			       const struct numbering *previous,
			       const struct permits *previous_permits, struct errs *errs)
{
	struct numbering numbering = { 0 };
	const struct compile_options compiling = {
		.has_at = true,
		.at = options->now,
		.own_tables = options->own_tables && generation->policy->enforce.own_tables,
		.isolations = options->isolations,
		.previous = previous,
		.previous_permits = previous_permits,
		.ret_numbering = &numbering,
	};
	struct ruleset *ruleset =
		ruleset_compile(generation->policy, &generation->permits, &compiling, errs);

	if (ruleset) {
		generation->numbering = numbering;
		ruleset->at_ms = options->now.sec * 1000;
	}
	return ruleset;
}

/* Who is cut off must not come back under another name. */
static void isolated_check(const struct policy *policy, const struct isolations *isolations,
			   struct errs *errs)
{
	if (!isolations)
		return;
	vec_each(isolation, &isolations->list) {
		struct err *err;

		if (isolation->kind == ISOLATION_ALL ||
		    (isolation->kind == ISOLATION_ZONE && policy_find_zone(policy, isolation->id)) ||
		    (isolation->kind == ISOLATION_HOST && policy_find_host(policy, isolation->id)))
			continue;
		err = errs_add(errs, SEVERITY_ERROR, "E-ISOLATED", policy->head.node.at);
		err_say(errs, err, _("\"%s\" is isolated, and this policy no longer names it"),
			isolation->id);
		err_hint(errs, err, _("keep it in the policy, or take the isolation back first: sekishoctl rejoin %s"),
			 isolation->id);
	}
}

/* What the compiler made of it must mean what it says, before any of it goes into the kernel. */
static void meaning_check(const struct generation *generation, const struct isolations *isolations,
			  struct errs *errs)
{
	struct proved proved;
	size_t at;
	json_t *finding;

	prover_run(generation, isolations, generation->ruleset, NULL, &proved);
	json_array_foreach (proved.findings, at, finding) {
		struct err *err;

		if (proved.result != PROOF_REFUTED)
			break;
		err = errs_add(errs, SEVERITY_ERROR, "E-PROOF", generation->policy->head.node.at);
		err_say(errs, err, _("the rules made of this policy do not do what it says: %s"),
			json_string_value(json_object_get(finding, "text")));
		err_hint(errs, err, _("this is a defect of this program, not of the policy: report it with the file"));
	}
	proved_done(&proved);
}

/* Takes the policy over. */
static struct generation *generation_make(struct policy *policy,
					  const struct generation_options *options,
					  struct errs *errs)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	const struct generation *before = options->before;
	size_t errors_before = errs_errors(errs);

	if (!generation)
		abort();
	generation->policy = policy;
	generation->at = options->now;
	if (permits_init(&generation->permits, policy, errs) && options->judge)
		guide_check(policy, options->now, errs);
	isolated_check(policy, options->isolations, errs);
	errs_sort(errs);
	if (errs_errors(errs) == errors_before)
		generation->ruleset = compile(generation, options,
					      before ? &before->numbering : options->numbers,
					      before ? &before->permits : NULL, errs);
	if (generation->ruleset && options->judge)
		meaning_check(generation, options->isolations, errs);
	if (!generation->ruleset || errs_errors(errs) > errors_before) {
		generation_discard(generation, errs);
		return NULL;
	}
	if (before)
		deadlines_keep(before->ruleset, generation->ruleset);
	conf_print(policy, &generation->canonical);
	hash_make(generation);
	return generation;
}

struct generation *generation_new(const char *file, const struct generation_options *options,
				  struct errs *errs)
{
	struct policy *policy = conf_read(file, errs);

	return policy ? generation_make(policy, options, errs) : NULL;
}

struct generation *generation_new_text(const char *name, const char *text, size_t bytes,
				       const struct generation_options *options,
				       struct errs *errs)
{
	struct policy *policy = conf_read_text(name, text, bytes, errs);

	return policy ? generation_make(policy, options, errs) : NULL;
}

void generation_free(struct generation *generation)
{
	if (!generation)
		return;
	ruleset_free(generation->ruleset);
	permits_done(&generation->permits);
	policy_free(generation->policy);
	buf_done(&generation->canonical);
	free(generation);
}

void generation_discard(struct generation *generation, struct errs *errs)
{
	if (!generation)
		return;
	errs_keep(errs, generation->policy->arena);
	generation->policy = NULL;
	generation_free(generation);
}

bool generation_refresh(struct generation *generation, const struct generation_options *options,
			struct ruleset **ret_before, struct errs *errs)
{
	struct numbering numbering = generation->numbering;
	struct ruleset *before = generation->ruleset;
	struct ruleset *after = compile(generation, options, &numbering, NULL, errs);

	if (!after)
		return false;
	deadlines_keep(before, after);
	generation->ruleset = after;
	generation->at = options->now;
	*ret_before = before; /* its arena held the old numbering: freed by the caller, later */
	return true;
}

static void set_age(struct set *set, int64_t at_ms, int64_t now_ms)
{
	size_t kept = 0;

	vec_each(element, &set->elements)
		if (element_age(element, at_ms, now_ms))
			set->elements.items[kept++] = *element;
	set->elements.count = kept;
}

void generation_age(struct generation *generation, int64_t now_ms)
{
	vec_each(table, &generation->ruleset->tables)
		vec_each(set, &(*table)->sets)
			if ((*set)->flags & SET_TIMEOUT)
				set_age(*set, generation->ruleset->at_ms, now_ms);
	generation->ruleset->at_ms = now_ms;
}

bool generation_next_change(const struct generation *generation, struct wall now,
			    struct wall *ret_change)
{
	int offset_sec = generation->policy->head.offset_sec;
	bool found = false;

	vec_each(flow, &generation->policy->flows) {
		struct wall change;

		if (!window_next_change(flow->window, now, offset_sec, &change))
			continue;
		if (!found || change.sec < ret_change->sec)
			*ret_change = change;
		found = true;
	}
	return found;
}
