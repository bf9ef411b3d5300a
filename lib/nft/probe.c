/* What this kernel can do, by trying it in a network namespace of a child's own, which ends with
 * the child. Nothing is concluded from a version number: distributions carry things back. */
#define _GNU_SOURCE
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <sched.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nft/batch.h"
#include "nft/probe_foreign.h"
#include "nft/transport.h"
#include "rule/code.h"

static const struct {
	const char *name, *since;
} features[NFT_FEATURES] = {
	[NFT_OWNER] = { "owner", "5.12 (commit 6001a930ce03)" },
	[NFT_PERSIST] = { "persist", "6.9 (commit da5141bbe0c2)" },
	[NFT_EGRESS] = { "egress", "5.16 (commit 42df6e1d221d)" },
	[NFT_ABSENT_DEVICE] = { "absent-device", "6.16" },
	[NFT_CONCAT_INTERVAL] = { "concat-interval", "5.6 (commit 3c4287f62044)" },
	[NFT_ELEMENT_UPDATE] = { "element-update", "6.12 (commit 4201f3938914)" },
	[NFT_ELEMENT_COUNTER] = { "element-counter", "5.7 (commit 409444522976)" },
	[NFT_MAP_IN_CT_MARK] = { "map-in-ct-mark", "3.18" },
	[NFT_SET_RESIZE] = { "set-resize", "6.5 (commit 96b2ef9b16cb)" },
	[NFT_FLOWTABLE] = { "flowtable", "4.16 (commit 3b49e2e94e6e)" },
	[NFT_HOOK_DUMP] = { "hook-dump", "5.14 (commit e2cf17d3774c)" },
};

const char *nft_feature_name(enum nft_feature feature)
{
	return features[feature].name;
}

const char *nft_feature_since(enum nft_feature feature)
{
	return features[feature].since;
}

/* ---- in the child ---- */

struct trial {
	struct nft *nft;
	struct errs errs;
	struct ruleset *ruleset;
	struct table *table;
	const struct table *held; /* what the kernel made of it */
	struct ruleset *read;
};

static void trial_start(struct trial *trial, struct nft *nft, enum table_family family)
{
	*trial = (struct trial){ .nft = nft, .ruleset = ruleset_new() };
	errs_init(&trial->errs);
	trial->table = ruleset_add_table(trial->ruleset, family, "probe", (struct src){ 0 });
}

static void trial_end(struct trial *trial)
{
	ruleset_free(trial->ruleset);
	ruleset_free(trial->read);
	errs_done(&trial->errs);
}

static bool trial_read(struct trial *trial)
{
	uint32_t generation;

	ruleset_free(trial->read);
	trial->read = nft_read(trial->nft, "probe", &generation, &trial->errs);
	trial->held = trial->read ? ruleset_find_table(trial->read, trial->table->family, "probe") :
				    NULL;
	return trial->held;
}

/* From whatever the trial before left to this trial's ruleset, and read back. */
static bool trial_run(struct trial *trial)
{
	struct nft_applied applied;
	uint32_t generation;
	struct diff diff;
	bool good;

	trial->read = nft_read(trial->nft, "probe", &generation, &trial->errs);
	if (!trial->read)
		return false;
	ruleset_diff(trial->read, trial->ruleset, 0, &diff);
	good = nft_apply(trial->nft, &diff, generation, &applied, &trial->errs);
	diff_done(&diff);
	return good && trial_read(trial);
}

static bool try_flags(struct nft *nft, uint32_t flags)
{
	struct trial trial;
	bool good;

	trial_start(&trial, nft, TABLE_INET);
	trial.table->flags = flags;
	good = trial_run(&trial) && (trial.held->flags & flags) == flags;
	trial_end(&trial);
	return good;
}

static bool try_device(struct nft *nft, enum hook hook, const char *device)
{
	struct trial trial;
	struct chain *chain;
	bool good;

	trial_start(&trial, nft, TABLE_NETDEV);
	chain = table_add_chain(trial.ruleset, trial.table, "c", (struct src){ 0 });
	chain->is_base = true;
	chain->hook = (uint8_t)hook;
	chain->device = device;
	good = trial_run(&trial) && table_find_chain(trial.held, "c");
	trial_end(&trial);
	return good;
}

static struct set *trial_set(struct trial *trial, uint32_t flags)
{
	struct set *set = table_add_set(trial->ruleset, trial->table, "s", (struct src){ 0 });

	set->flags = flags;
	set->size = 16;
	set_add_key(set, DATUM_PORT, 0);
	set_add_key(set, DATUM_PROTO, 0);
	return set;
}

static bool try_set(struct nft *nft, uint32_t flags, bool counts)
{
	const struct set *held;
	struct trial trial;
	struct set *set;
	bool good;

	trial_start(&trial, nft, TABLE_INET);
	set = trial_set(&trial, flags);
	set->counts = counts;
	set_add_element(trial.ruleset, set, flags & SET_INTERVAL);
	good = trial_run(&trial) && (held = table_find_set(trial.held, "s")) &&
	       held->counts == counts && held->elements.count == 1;
	trial_end(&trial);
	return good;
}

static bool trial_batch(struct trial *trial, struct set *set, bool element)
{
	struct nft_applied applied = { 0 };
	struct batch batch;
	bool good;

	batch_init(&batch, trial->nft, &trial->errs);
	batch_start(&batch, 0);
	if (element) {
		batch_element(&batch, NFT_MSG_NEWSETELEM, trial->table, set,
			      &set->elements.items[0]);
		batch.open.message->nlmsg_flags &= (uint16_t)~NLM_F_EXCL;
	} else {
		batch_set(&batch, NFT_MSG_NEWSET, trial->table, set, true);
	}
	good = batch_send(&batch, 0, &applied) == BATCH_DONE;
	batch_done(&batch);
	return good;
}

static bool try_element_update(struct nft *nft)
{
	const struct set *held;
	struct trial trial;
	struct set *set;
	bool good;

	trial_start(&trial, nft, TABLE_INET);
	set = trial_set(&trial, SET_TIMEOUT);
	set_add_element(trial.ruleset, set, false)->timeout_ms = 100000;
	good = trial_run(&trial);
	set->elements.items[0].timeout_ms = 500000;
	good = good && trial_batch(&trial, set, true) && trial_read(&trial) &&
	       (held = table_find_set(trial.held, "s")) && held->elements.count == 1 &&
	       held->elements.items[0].expires_ms > 200000;
	trial_end(&trial);
	return good;
}

static bool try_resize(struct nft *nft)
{
	const struct set *held;
	struct trial trial;
	struct set *set;
	bool good;

	trial_start(&trial, nft, TABLE_INET);
	set = trial_set(&trial, 0);
	good = trial_run(&trial);
	set->size = 64;
	good = good && trial_batch(&trial, set, false) && trial_read(&trial) &&
	       (held = table_find_set(trial.held, "s")) && held->size == 64;
	trial_end(&trial);
	return good;
}

static bool try_ct_mark(struct nft *nft)
{
	struct code code = { 0 };
	struct trial trial;
	struct chain *chain;
	struct set *set;
	bool good;

	trial_start(&trial, nft, TABLE_INET);
	set = table_add_set(trial.ruleset, trial.table, "s", (struct src){ 0 });
	set_add_key(set, DATUM_PROTO, 0);
	set->is_map = true;
	set->data = DATUM_MARK;
	chain = table_add_chain(trial.ruleset, trial.table, "c", (struct src){ 0 });
	code.ruleset = trial.ruleset;
	code_meta(&code, META_L4PROTO, 0);
	code_lookup(&code, "s", 0, 0);
	code_ct_set(&code, CT_MARK, 0);
	code_end(&code, chain, NULL, (struct src){ 0 });
	good = trial_run(&trial) && table_find_chain(trial.held, "c") &&
	       table_find_chain(trial.held, "c")->rules.count == 1;
	trial_end(&trial);
	return good;
}

static void child_run(bool *has)
{
	struct errs errs;
	struct nft *nft;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return;
	errs_init(&errs);
	nft = nft_open(&errs);
	if (!nft)
		return;
	nft->set_update = 0; /* no probe within the probe */
	nft->absent_device = 1;
	has[NFT_EGRESS] = try_device(nft, HOOK_EGRESS, "lo");
	has[NFT_ABSENT_DEVICE] = try_device(nft, HOOK_INGRESS, "absent0");
	has[NFT_CONCAT_INTERVAL] = try_set(nft, SET_INTERVAL, false);
	has[NFT_ELEMENT_UPDATE] = try_element_update(nft);
	has[NFT_ELEMENT_COUNTER] = try_set(nft, 0, true);
	has[NFT_MAP_IN_CT_MARK] = try_ct_mark(nft);
	has[NFT_SET_RESIZE] = try_resize(nft);
	has[NFT_HOOK_DUMP] = probe_hook_dump(nft);
	has[NFT_FLOWTABLE] = probe_flowtable(nft);
	has[NFT_OWNER] = try_flags(nft, TABLE_OWNER);
	has[NFT_PERSIST] = try_flags(nft, TABLE_OWNER | TABLE_PERSIST);
}

/* ---- in the parent ---- */

static bool child_ask(bool *has)
{
	bool found[NFT_FEATURES] = { 0 };
	int pipes[2], status;
	ssize_t count;
	pid_t child;

	if (pipe(pipes) < 0)
		return false;
	child = fork();
	if (child == 0) {
		child_run(found);
		count = write(pipes[1], found, sizeof(found));
		_exit(count != sizeof(found));
	}
	close(pipes[1]);
	count = child > 0 ? read(pipes[0], found, sizeof(found)) : -1;
	close(pipes[0]);
	if (child > 0)
		(void)waitpid(child, &status, 0);
	if (count != sizeof(found))
		return false;
	memcpy(has, found, sizeof(found));
	return true;
}

void nft_probe_take(struct nft *nft, const struct nft_probe *probe)
{
	nft->set_update = probe->has[NFT_SET_RESIZE];
	nft->absent_device = probe->has[NFT_ABSENT_DEVICE];
}

void nft_probe(struct nft *nft, struct nft_probe *ret_probe)
{
	struct utsname name;

	*ret_probe = (struct nft_probe){ 0 };
	if (uname(&name) == 0)
		memcpy(ret_probe->release, name.release,
		       strnlen(name.release, sizeof(ret_probe->release) - 1));
	if (nft->transport->has)
		for (unsigned i = 0; i < NFT_FEATURES; i++)
			ret_probe->has[i] = nft->transport->has(nft->context, i);
	else
		(void)child_ask(ret_probe->has);
	nft_probe_take(nft, ret_probe);
}
