/* Runs all suites, or those named on the command line; ends with "unit: N passed, N failed". */
#include <stdio.h>
#include <string.h>

#include "unit/suites.h"

static const struct {
	const char *name;
	Suite *(*suite)(void);
} suites[] = {
#define ENTRY(name) { #name, suite_##name },
	SUITES(ENTRY)
#undef ENTRY
};

static int wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return argc < 2;
}

int main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	int failed, run;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (wanted(suites[i].name, argc, argv))
			srunner_add_suite(runner, suites[i].suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);
	printf("unit: %d passed, %d failed\n", run - failed, failed);
	return failed || !run;
}
