/* audit_kernel FILE TIME look|remove [-q] [WHAT…]: the daemon's audit of connections, in this
 * namespace, against the policy as of that time with its flows numbered in the order of the file
 * (as sekishoctl compile numbers them) and WHAT isolated. Tells each connection that is not as it
 * should be and whether it was removed, sorted by nothing; then the counts; on standard error
 * what it took. -q: the counts alone. Where the kernel shows nothing, it asks twice. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "conf/conf.h"
#include "daemon/audit.h"

static void errs_print(const struct errs *errs)
{
	vec_each(err, &errs->list)
		printf("%s %s%s%s\n", err->code, err->message, err->hint ? " — " : "",
		       err->hint ? err->hint : "");
}

static void tell(void *context, const struct audit_found *found)
{
	struct buf buf = { 0 };

	(void)context;
	audit_found_print(&buf, found);
	printf("%s%s\n", buf_text(&buf), found->removed ? "; removed" : "");
	buf_done(&buf);
}

static int audit(const struct audit_against *against, bool remove, bool quiet, struct errs *errs)
{
	_cleanup_(audit_freep) struct audit *audit = audit_new();
	struct audit_last last;
	size_t said;
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	if (!audit_run(audit, against, remove, quiet ? NULL : tell, NULL, errs)) {
		errs_print(errs);
		said = errs->list.count;
		if (!audit_last(audit).possible &&
		    !audit_run(audit, against, remove, NULL, NULL, errs))
			printf("the second time: said %zu more\n", errs->list.count - said);
		return 1;
	}
	getrusage(RUSAGE_SELF, &after);
	last = audit_last(audit);
	printf("seen %llu, illegitimate %llu, removed %llu, not judged %llu\n",
	       (unsigned long long)last.counts.seen, (unsigned long long)last.counts.illegitimate,
	       (unsigned long long)last.counts.removed,
	       (unsigned long long)last.counts.not_judged);
	fprintf(stderr, "%lld ms, %ld kB more\n", (long long)last.took_us / 1000,
		after.ru_maxrss - before.ru_maxrss);
	return 0;
}

static int run(int argc, char **argv, struct errs *errs)
{
	_cleanup_(policy_freep) struct policy *policy = conf_read(argv[1], errs);
	struct audit_against against = { .policy = policy };
	struct compile_options options = { .has_at = true };
	struct isolations isolations;
	struct numbering numbering;
	struct isolation isolation;
	struct ruleset *ruleset;
	struct permits permits;
	int offset_sec, status = 1, first = argc > 4 && strcmp(argv[4], "-q") == 0 ? 5 : 4;

	if (!policy || !wall_parse(argv[2], &options.at, &offset_sec) ||
	    !permits_init(&permits, policy, errs)) {
		errs_print(errs);
		return 1;
	}
	isolations_init(&isolations);
	for (int i = first; i < argc; i++)
		if (!isolation_parse(policy, argv[i], &isolation, errs) ||
		    !isolations_add(&isolations, &isolation))
			errs_print(errs);
	options.ret_numbering = &numbering;
	ruleset = ruleset_compile(policy, &permits, &options, errs);
	if (ruleset) {
		against.permits = &permits;
		against.numbering = &numbering;
		against.isolations = &isolations;
		against.at = options.at;
		status = audit(&against, strcmp(argv[3], "remove") == 0, first == 5, errs);
	}
	ruleset_free(ruleset);
	isolations_done(&isolations);
	permits_done(&permits);
	return status;
}

int main(int argc, char **argv)
{
	struct errs errs;
	int status = 2;

	errs_init(&errs);
	if (argc > 3)
		status = run(argc, argv, &errs);
	errs_done(&errs);
	return status;
}
