/* Where this daemon has its files: three directories and the policy, by option (CLI.md). */
#pragma once

struct places {
	const char *policy;    /* /etc/sekisho/sekisho.conf */
	const char *state_dir; /* /var/lib/sekisho */
	const char *run_dir;   /* /run/sekisho */
	const char *log_dir;   /* /var/log/sekisho */
};
