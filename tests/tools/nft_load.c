/* nft_load FILE [OPTION…]: a policy through the codec into the kernel of this namespace, and
 * what the kernel then holds compared with it. Prints one line of figures and the differences;
 * ends with 0 when there are none. For tests and benchmarks.
 *
 *   --read-only   apply nothing: compare only
 *   --own         with tables owned and persistent
 *   --listen      with an own listener while applying
 *   --nft         no kernel: print the ruleset as nft text
 *   --again FILE  after the first, from what the kernel holds to this policy, by the difference
 *   --shrink      sets declared too small, so that the kernel refuses
 *   --stale       says a generation that is not */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "conf/conf.h"
#include "nft/nft.h"
#include "policy/permit.h"
#include "rule/compile.h"
#include "rule/print.h"

struct options {
	bool read_only, own, listen, nft, shrink, stale;
	const char *file, *again;
};

static double now_ms(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void errs_print(const struct errs *errs)
{
	vec_each(err, &errs->list)
		if (err->severity == SEVERITY_ERROR)
			printf("%s:%u: %s%s%s\n", err->at.file ? err->at.file : "-", err->at.line,
			       err->message, err->hint ? " — " : "", err->hint ? err->hint : "");
}

/* ---- policies ---- */

struct loaded {
	struct policy *policy;
	struct permits permits;
	struct ruleset *ruleset;
	struct numbering numbering;
	bool has_permits;
};

static bool load(struct loaded *loaded, const char *file, const struct options *options,
		 const struct numbering *previous, struct errs *errs)
{
	struct compile_options compile = { .own_tables = options->own,
					   .previous = previous,
					   .ret_numbering = &loaded->numbering };

	loaded->policy = conf_read(file, errs);
	if (!loaded->policy)
		return false;
	loaded->has_permits = permits_init(&loaded->permits, loaded->policy, errs);
	if (loaded->has_permits)
		loaded->ruleset = ruleset_compile(loaded->policy, &loaded->permits, &compile, errs);
	if (loaded->ruleset && options->shrink)
		vec_each(table, &loaded->ruleset->tables)
			vec_each(set, &(*table)->sets)
				if ((*set)->elements.count > 1)
					(*set)->size = 1;
	return loaded->ruleset;
}

static void loaded_done(struct loaded *loaded)
{
	ruleset_free(loaded->ruleset);
	if (loaded->has_permits)
		permits_done(&loaded->permits);
	if (loaded->policy)
		policy_free(loaded->policy);
}

/* ---- the kernel ---- */

static size_t differences_print(const struct ruleset *held, const struct ruleset *wanted)
{
	struct buf buf = { 0 };
	struct diff diff;
	size_t count;

	ruleset_diff(held, wanted, 20, &diff);
	vec_each(item, &diff.items) {
		buf_clear(&buf);
		diff_item_print(&buf, item);
		printf("  %s\n", buf_text(&buf));
	}
	count = diff.count;
	diff_done(&diff);
	buf_done(&buf);
	return count;
}

static bool apply(struct nft *nft, const struct ruleset *wanted, const struct options *options,
		  struct errs *errs)
{
	struct nft_applied applied;
	uint32_t generation = 0;
	double start = now_ms(), diffed;
	struct ruleset *held = nft_read(nft, "sekisho", &generation, errs);
	struct diff diff;
	bool good;

	if (!held)
		return false;
	start = now_ms();
	ruleset_diff(held, wanted, 0, &diff);
	diffed = now_ms();
	good = nft_apply(nft, &diff, options->stale ? generation + 7 : generation, &applied, errs);
	printf("applied=%d items=%zu diff_ms=%.1f apply_ms=%.1f messages=%zu bytes=%zu "
	       "transactions=%zu\n",
	       good, diff.count, diffed - start, now_ms() - diffed, applied.messages,
	       applied.bytes, applied.transactions);
	diff_done(&diff);
	ruleset_free(held);
	return good;
}

static bool compare(struct nft *nft, const struct ruleset *wanted, struct errs *errs)
{
	double start = now_ms();
	uint32_t generation = 0;
	struct ruleset *held = nft_read(nft, "sekisho", &generation, errs);
	size_t count;

	if (!held)
		return false;
	printf("read_ms=%.1f ", now_ms() - start);
	count = differences_print(held, wanted);
	printf("differences=%zu\n", count);
	ruleset_free(held);
	return count == 0;
}

static bool text_print(const struct ruleset *ruleset, struct errs *errs)
{
	struct buf buf = { 0 };
	bool good = ruleset_print_nft(ruleset, &buf, NULL, errs);

	if (good)
		good = fwrite(buf.text, 1, buf.count, stdout) == buf.count;
	buf_done(&buf);
	return good;
}

static bool run(const struct options *options, struct loaded *first, struct loaded *second,
		struct errs *errs)
{
	struct nft *nft;
	bool good;

	if (!load(first, options->file, options, NULL, errs))
		return false;
	if (options->nft)
		return text_print(first->ruleset, errs);
	if (options->again && !load(second, options->again, options, &first->numbering, errs))
		return false;
	nft = nft_open(errs);
	if (!nft)
		return false;
	if (options->listen && nft_event_fd(nft, errs) < 0)
		return false;
	good = (options->read_only || apply(nft, first->ruleset, options, errs)) &&
	       compare(nft, first->ruleset, errs);
	if (good && second->ruleset)
		good = apply(nft, second->ruleset, options, errs) &&
		       compare(nft, second->ruleset, errs);
	nft_close(nft);
	return good;
}

static bool options_read(struct options *options, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--read-only") == 0)
			options->read_only = true;
		else if (strcmp(argv[i], "--own") == 0)
			options->own = true;
		else if (strcmp(argv[i], "--listen") == 0)
			options->listen = true;
		else if (strcmp(argv[i], "--nft") == 0)
			options->nft = true;
		else if (strcmp(argv[i], "--shrink") == 0)
			options->shrink = true;
		else if (strcmp(argv[i], "--stale") == 0)
			options->stale = true;
		else if (strcmp(argv[i], "--again") == 0 && i + 1 < argc)
			options->again = argv[++i];
		else if (!options->file)
			options->file = argv[i];
		else
			return false;
	}
	return options->file;
}

int main(int argc, char **argv)
{
	struct loaded first = { 0 }, second = { 0 };
	struct options options = { 0 };
	struct rusage usage;
	struct errs errs;
	bool good;

	if (!options_read(&options, argc, argv)) {
		fprintf(stderr, "usage: nft_load FILE [OPTION…]\n");
		return 2;
	}
	errs_init(&errs);
	good = run(&options, &first, &second, &errs);
	errs_print(&errs);
	getrusage(RUSAGE_SELF, &usage);
	if (!options.nft)
		printf("peak_mib=%ld\n", usage.ru_maxrss / 1024);
	loaded_done(&first);
	loaded_done(&second);
	errs_done(&errs);
	return good ? 0 : 1;
}
