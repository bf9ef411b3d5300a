/* Every suite of the unit tests, by name; main.c runs them, tests/lint/suites.sh holds the list
 * against the files. */
#pragma once

#include <check.h>

#define SUITES(X)                                                                                  \
	X(base)                                                                                    \
	X(addr)                                                                                    \
	X(wall)                                                                                    \
	X(lint)                                                                                    \
	X(conf)                                                                                    \
	X(policy)                                                                                  \
	X(permit)                                                                                  \
	X(ask)                                                                                     \
	X(random)

#define DECLARE(name) Suite *suite_##name(void);
SUITES(DECLARE)
#undef DECLARE
