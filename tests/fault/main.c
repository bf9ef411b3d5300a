/* Everything the gate does, under everything a kernel can do to it: no crash, no leak (with the
 * sanitizers), what the kernel holds is what was there before or the new whole, the state says
 * what is true, and when all is quiet again the same attempt succeeds.
 *
 * usage: [FAULT_COARSE=N] fault [ATTEMPT [SCRIPT]]; ends with "fault: N passed, N failed". */
#define _GNU_SOURCE
#include <sched.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempts.h"

static const char *only_attempt, *only_script; /* NULL: all */

/* ---- one trial ---- */

static const struct attempt *attempt;
static const char *script_name;
static struct trial trial;
static struct rig rig;
static struct ruleset *whole; /* what a quiet attempt leaves in the kernel */

#define hold(true_, ...)                                                                           \
	do {                                                                                       \
		if (!(true_))                                                                      \
			complain(__VA_ARGS__);                                                         \
	} while (0)

_printf_(1, 2) _noreturn_ static void complain(const char *format, ...)
{
	char text[2048];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	fprintf(stderr, "%s, %s %u (errno %d): %s\n  state %s: %s\n", attempt->name, script_name,
		trial.number, trial.error, text, gate_state_word(&rig.gate), gate_why(&rig.gate));
	ck_abort_msg("%s, %s %u: %s", attempt->name, script_name, trial.number, text);
}

static bool is_word(const char *word)
{
	return strcmp(gate_state_word(&rig.gate), word) == 0;
}

static bool closed_there(void)
{
	return ruleset_find_table(fake_ruleset(rig.fake), TABLE_INET, CLOSED_TABLE);
}

/* The kernel's tables, without the one that closes everything, against what is in force. */
static const char *untrue(void)
{
	struct ruleset *kernel = rig_kernel(&rig);
	const char *different = kernel->tables.count ? "" : "nothing is in force";

	for (size_t i = 0; i < kernel->tables.count; i++)
		if (strcmp(kernel->tables.items[i]->name, CLOSED_TABLE) == 0)
			kernel->tables.items[i] = kernel->tables.items[--kernel->tables.count];
	if (rig.gate.now) {
		struct ruleset *wanted = rig_in_force(&rig);

		different = difference(kernel, wanted);
		ruleset_free(wanted);
	}
	ruleset_free(kernel);
	return different;
}

/* What must hold whether it was done or not. */
static void judge(const struct script *script, bool done)
{
	const char *different = untrue();
	bool theirs = (attempt->vandalised && !done) || (attempt->aside && script->intrudes);

	if (is_word("enforcing") || is_word("isolated"))
		hold(!*different || theirs, "the kernel differs: %s", different);
	else if (!is_word("starting"))
		hold(*gate_why(&rig.gate) || rig.gate.closed, "no reason");
	if (done)
		hold(!*different || theirs, "it is not done: %s", different);
	hold(closed_there() == rig.gate.closed, "closed in the kernel: %d", closed_there());
	if (is_word("lockdown") && !rig.gate.closed)
		hold(!*different, "it is not closed: %s", different);
}

static bool run(void)
{
	struct errs errs;
	bool done;

	errs_init(&errs);
	done = attempt->run(&rig, &errs);
	hold(done || errs_errors(&errs), "it failed and says nothing");
	errs_done(&errs);
	return done;
}

/* What the watch does at the latest at its next look: then the kernel holds what is in force. */
static void look(const char *word)
{
	struct mended mended = { 0 };
	struct errs errs;

	errs_init(&errs);
	hold(gate_mend(&rig.gate, true, &mended, &errs), "a quiet look fails");
	hold(!*untrue(), "a quiet look leaves: %s", untrue());
	hold(!word || is_word(word), "after a quiet look not %s", word);
	mended_done(&mended);
	errs_done(&errs);
}

static void before(const struct script *script)
{
	struct errs errs;

	errs_init(&errs);
	rig_init(&rig, attempt->before);
	if (script->early) {
		script->set(&rig, &trial);
		rig_restart(&rig);
	}
	ck_assert_int_ge(nft_event_fd(rig.gate.nft, &errs), 0);
	if (attempt->minute_before)
		clock_set(attempt->minute_before);
	if (!attempt->starts)
		hold(gate_start(&rig.gate, &errs), "start: %s", errs.list.items[0].message);
	if (attempt->isolated)
		hold(gate_isolate(&rig.gate, rig_host(&rig), "test", &errs), "isolate");
	if (attempt->closed)
		hold(gate_close(&rig.gate, &errs), "close");
	rig_hear(&rig);
	if (attempt->vandalised)
		rig_vandalise(&rig);
	rig_write(&rig, attempt->after);
	if (attempt->minute)
		clock_set(attempt->minute);
	errs_done(&errs);
}

/* After it: quiet, and again. */
static void after(const struct script *script, bool done, bool looks)
{
	if (attempt->starts) {
		rig_restart(&rig);
		done = false;
	} else if (done || looks) {
		look(done ? attempt->word : attempt->word_undone);
	}
	if (done)
		return;
	hold(run(), "a quiet attempt fails");
	judge(script, true);
	hold(!attempt->word || is_word(attempt->word), "not %s", attempt->word);
}

/* `looks`: the watch looks before it is tried again. How many messages were sent. */
static size_t try(const struct script *script, bool looks)
{
	struct ruleset *was, *became;
	size_t messages;
	bool done, half;

	before(script);
	was = rig_kernel(&rig);
	messages = fake_counts(rig.fake).messages;
	if (!script->early)
		script->set(&rig, &trial);
	done = run();
	messages = fake_counts(rig.fake).messages - messages;
	judge(script, done);
	if (script == scripts && attempt->vandalised)
		hold(rig.guided == attempt->guided, "by what was heard: %d", rig.guided);
	if (!script->early)
		rig_quiet(&rig);
	became = rig_kernel(&rig);
	if (!whole)
		whole = rig_kernel(&rig);
	half = *difference(was, became) && *difference(whole, became);
	if (half && !script->intrudes && !script->early && !(attempt->starts && done))
		hold(false, "half done: %s", difference(whole, became));
	after(script, done, looks);
	ruleset_free(was);
	ruleset_free(became);
	rig_done(&rig);
	return messages;
}

/* ---- all of them ---- */

/* FAULT_COARSE=5 goes over the numbers in strides five times as long: for the sanitizers. */
static unsigned stride_of(const struct script *script)
{
	unsigned stride = rig.city ? script->city_stride : script->stride;
	const char *coarse = getenv("FAULT_COARSE");

	if (script->early)
		return 1;
	return (stride ? stride : 1) * (coarse ? (unsigned)atoi(coarse) : 1);
}

START_TEST(test_cross)
{
	const struct script *script = &scripts[(size_t)_i % scripts_count];
	size_t messages;

	attempt = &attempts[(size_t)_i / scripts_count];
	if ((only_attempt && strcmp(attempt->name, only_attempt) != 0) ||
	    (only_script && strcmp(script->name, only_script) != 0))
		return;
	script_name = scripts[0].name;
	messages = try(&scripts[0], false);
	script_name = script->name;
	for (trial.number = 1; trial.number <= script->most(messages, rig.city);
	     trial.number += stride_of(script))
		for (unsigned at = 0; at < (script->errors && !rig.city ? SCRIPT_ERRORS : 1); at++) {
			trial.error = script_errors[(at + trial.number) % SCRIPT_ERRORS];
			try(script, false);
			if (!rig.city && !attempt->starts)
				try(script, true);
		}
	ruleset_free(whole);
	whole = NULL;
}
END_TEST

/* A look ends after what was heard since it began: that is not forgotten, or whatever it finds next
 * would be taken for overtaken for ever. */
START_TEST(test_looked)
{
	struct gate gate = { .kernel_generation = 10 };

	gate_looked(&gate, true, 7, 0);
	ck_assert_uint_eq(gate.kernel_generation, 10);
	ck_assert(gate.verified.same);
	gate_looked(&gate, true, 12, 0);
	ck_assert_uint_eq(gate.kernel_generation, 12);
	gate.kernel_generation = UINT32_MAX;
	gate_looked(&gate, true, 2, 0); /* they count round */
	ck_assert_uint_eq(gate.kernel_generation, 2);
	for (unsigned i = 0; i < TROUBLES; i++)
		buf_done(&gate.troubles[i]);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("fault");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed, ran;

	only_attempt = argc > 1 ? argv[1] : NULL;
	only_script = argc > 2 ? argv[2] : NULL;
	/* the audit asks the real kernel for its connections: here are none but ours */
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("SKIP fault: no network namespace can be made here\nfault: 0 passed, 0 failed\n");
		return 0;
	}
	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(tcase, 120);
	if (!only_attempt)
		tcase_add_test(tcase, test_looked);
	tcase_add_loop_test(tcase, test_cross, 0, (int)(attempts_count * scripts_count));
	suite_add_tcase(suite, tcase);
	rigs_begin();
	srunner_run_all(runner, CK_ENV);
	rigs_end();
	failed = srunner_ntests_failed(runner);
	ran = srunner_ntests_run(runner);
	srunner_free(runner);
	printf("fault: %d passed, %d failed\n", ran - failed, failed);
	return failed || !ran;
}
