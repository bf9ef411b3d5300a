/* The whole reading path under libFuzzer: any bytes are read, judged, compiled and printed, or
 * refused; what is accepted must survive print ∘ parse. */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "guide/guide.h"
#include "policy/permit.h"
#include "rule/compile.h"
#include "rule/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void meets(void *context, const struct permit *a, const struct permit *b)
{
	(void)a;
	(void)b;
	*(bool *)context = true;
}

static void compile(const struct policy *policy, const struct permits *permits, struct errs *errs)
{
	const struct compile_options options = { .has_at = true, .at = { 1797210000 } };
	struct ruleset *ruleset = ruleset_compile(policy, permits, &options, errs);
	struct buf text = { 0 };

	if (ruleset && !ruleset_print_nft(ruleset, &text, NULL, errs))
		abort(); /* the compiler made what nft has no words for */
	if (ruleset && !ruleset_print_json(ruleset, &text, NULL))
		abort();
	buf_done(&text);
	ruleset_free(ruleset);
}

static void round_trip(const struct policy *policy)
{
	struct buf once = { 0 }, twice = { 0 };
	struct policy *again;
	struct errs errs;

	errs_init(&errs);
	conf_print(policy, &once);
	again = conf_read_text("printed", buf_text(&once), once.count, &errs);
	if (!again)
		abort();
	conf_print(again, &twice);
	if (once.count != twice.count || memcmp(once.text, twice.text, once.count) != 0)
		abort();
	policy_free(again);
	errs_done(&errs);
	buf_done(&once);
	buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct permits permits = { 0 };
	struct policy *policy;
	bool meeting = false;
	struct errs errs;

	errs_init(&errs);
	policy = conf_read_text("fuzz", (const char *)data, size, &errs);
	if (!policy != (errs_errors(&errs) > 0))
		abort(); /* refused without a word, or accepted with an error */
	if (policy) {
		round_trip(policy);
		guide_check(policy, (struct wall){ 1797210000 }, &errs);
		if (permits_init(&permits, policy, &errs)) {
			permits_find_meeting(&permits, meets, &meeting);
			if (!meeting)
				compile(policy, &permits, &errs);
		}
		permits_done(&permits);
	}
	errs_done(&errs);
	policy_free(policy);
	return 0;
}
