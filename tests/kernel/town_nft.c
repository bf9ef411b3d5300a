/* Prints the ruleset of the town of tests/unit/test_rule_town.c as nft text: a program of its
 * own, because the test that loads it needs no configuration language. */
#include <stdio.h>

#include "rule/print.h"
#include "test_rule_town.h"

extern const unsigned char lang_ja_mo[];
extern const size_t lang_ja_mo_bytes;
const unsigned char lang_ja_mo[1]; /* no translations here */
const size_t lang_ja_mo_bytes;

int main(void)
{
	struct ruleset *ruleset;
	struct buf buf = { 0 };
	struct town town;
	bool good;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	good = ruleset && ruleset_print_nft(ruleset, &buf, NULL, &town.errs);
	vec_each(err, &town.errs.list)
		fprintf(stderr, "%s:%u: %s\n", err->at.file, err->at.line, err->message);
	if (good)
		good = fwrite(buf.text, 1, buf.count, stdout) == buf.count && !fflush(stdout);
	buf_done(&buf);
	ruleset_free(ruleset);
	town_done(&town);
	return good ? 0 : 1;
}
