/* How long a dump of a set of N elements takes to write and to read.
 *
 *	dump_time N */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rule/dump.h"

static struct ruleset *flows_build(size_t count)
{
	const struct src here = { 0 };
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "sekisho", here);
	struct set *set = table_add_set(ruleset, table, "flows", here);

	set->is_map = true;
	set->data = DATUM_MARK;
	set->counts = true;
	set_add_key(set, DATUM_ETHER, 0);
	set_add_key(set, DATUM_IPV4, 0);
	set_add_key(set, DATUM_IPV4, 0);
	set_add_key(set, DATUM_PROTO, 0);
	set_add_key(set, DATUM_PORT, 0);
	set_reserve(ruleset, set, count);
	for (size_t i = 0; i < count; i++) {
		struct element *element = set_add_element(ruleset, set, false);

		memcpy(element_key(element) + 8, &i, sizeof(uint32_t));
		element->mark = (uint32_t)i;
		element->packets = i * 3;
		element->bytes_passed = i * 4000;
		element->comment = "F12345 業務サーバ";
	}
	return ruleset;
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	struct ruleset *ruleset = flows_build(count), *read;
	struct dump_head head = { 0 };
	struct buf text = { 0 };
	int64_t start, written, done;
	struct errs errs;

	errs_init(&errs);
	start = clock_us(CLOCK_MONOTONIC);
	dump_write(&text, ruleset, &head);
	written = clock_us(CLOCK_MONOTONIC);
	read = dump_read("made", text.text, text.count, &head, &errs);
	done = clock_us(CLOCK_MONOTONIC);
	printf("%zu elements, %zu bytes: written in %.1f ms, read in %.1f ms%s\n", count, text.count,
	       (double)(written - start) / 1000, (double)(done - written) / 1000,
	       read ? "" : ", REFUSED");
	ruleset_free(read);
	ruleset_free(ruleset);
	buf_done(&text);
	errs_done(&errs);
	return !read;
}
