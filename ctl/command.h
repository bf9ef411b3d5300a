/* What was typed, understood; and what every verb needs: a policy that was read and judged, and
 * ways to show findings. ctl/ prints; nothing below it does. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "policy/permit.h"
#include "wire/errs_json.h"

/* CLI.md: the same everywhere. */
enum status {
	STATUS_GOOD = 0,
	STATUS_REFUSED = 1,
	STATUS_USAGE = 2, /* or a file that cannot be read */
	STATUS_UNREACHABLE = 3,
	STATUS_NOT_PERMITTED = 4,
	STATUS_SYSTEM = 5,
};

enum format { FORMAT_NFT, FORMAT_JSON };

struct command {
	const char *verb;
	const char *files[2];
	size_t file_count;
	bool json, svg, print, live;
	bool has_at;
	struct wall at; /* --at, or now */
	enum format format;
	const char *from, *mac, *to, *proto, *port;
	const char *socket, *reason, *ruleset;
};

struct verb {
	const char *name;
	const char *usage;   /* behind the name */
	const char *summary; /* N_() */
	const char *options; /* letters of the options it takes, of the table in main.c */
	size_t files_most;
	enum status (*run)(const struct command *command);
};

extern const struct verb verbs[];
extern const size_t verb_count;

enum status verb_check(const struct command *command);
enum status verb_compile(const struct command *command);
enum status verb_explain(const struct command *command);
enum status verb_matrix(const struct command *command);
enum status verb_diff(const struct command *command);
enum status verb_prove(const struct command *command);
enum status verb_dump(const struct command *command);
enum status verb_status(const struct command *command);
enum status verb_reload(const struct command *command);
enum status verb_verify(const struct command *command);
enum status verb_flows(const struct command *command);
enum status verb_posture(const struct command *command);
enum status verb_hosts(const struct command *command);
enum status verb_drift(const struct command *command);
enum status verb_isolate(const struct command *command);
enum status verb_rejoin(const struct command *command);
enum status verb_watch(const struct command *command);
enum status verb_help(const struct command *command);
enum status verb_version(const struct command *command);

/* ---- policies ---- */
struct loaded {
	const char *file;
	struct policy *policy; /* NULL: it could not be read, or holds what is no policy */
	struct permits permits;
	struct errs errs; /* of reading and of judging */
	bool judged;
};

/* Reads, judges and expands. True when a policy came out that the judge accepts. */
bool loaded_init(struct loaded *loaded, const struct command *command, const char *file);
void loaded_done(struct loaded *loaded);
/* For verbs that show a draft, too: says on standard error that the judge refuses it, and is
 * false, with the findings shown, only where there is no policy to show. */
bool loaded_is_shown(const struct loaded *loaded);
enum status loaded_status(const struct loaded *loaded);

/* ---- showing ---- */
enum { FINDINGS_SHOWN = 20 };

void findings_show(FILE *out, const struct errs *errs);
void usage_error(const char *fmt, ...) _printf_(1, 2);

/* Writes all of it, or says why not: a full disk must not look like a short ruleset. */
enum status output_text(const struct buf *text);
enum status output_json(json_t *json); /* takes it over */
json_t *json_wall(struct wall wall, int offset_sec);
