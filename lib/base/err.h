/* What is wrong, where, and what to write instead: one object that becomes a line of text, a
 * JSON object or journal fields. Library code adds to a list and returns; it never prints,
 * never logs and never ends the program.
 *
 * Everything an err points to lives in the arena of its list, except src.file, code, strength
 * and clause, which outlive it (sources of a policy, or static text). */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* A place in what the user wrote. line 0: no line (the whole file); file NULL: nowhere. */
struct src {
	const char *file;
	unsigned line;
};

enum severity {
	SEVERITY_ERROR,     /* the input is refused */
	SEVERITY_WARNING,   /* accepted; somebody should look */
	SEVERITY_EXCEPTION, /* would be an error or a warning; a declared exception relaxes it */
};

/* Why a list holds errors decides the exit status: 2 beats 1 (CLI.md). */
enum err_kind {
	ERR_REFUSED,    /* read and understood, and refused: exit 1 */
	ERR_UNREADABLE, /* no such file, not this language: exit 2 */
};

struct err {
	enum severity severity;
	enum err_kind kind;
	const char *code;     /* "E-TOK-MAC", "C-SYNTAX" */
	const char *strength; /* of the clause, in the guideline's word: "必須"; or NULL */
	const char *clause;   /* "G3.1-tokutei", or NULL */
	struct src at;
	struct src also;         /* the other line it collides with; file NULL: none */
	const char *path;        /* "flows.F05.ports", or NULL */
	const char *message;     /* one sentence, names what was found, quoted */
	const char *hint;        /* what to write or do, or NULL */
	const char *exception;   /* SEVERITY_EXCEPTION: the id of the exception; else NULL */
	int sys_errno;           /* 0: none */
};

struct errs {
	struct arena *arena;
	vec_of(struct err) list; /* at most ERRS_KEPT; the rest is only counted */
	size_t counts[3];        /* by severity, all of them */
	bool unreadable;         /* an error of that kind is among them */
	vec_of(struct arena *) kept;
};

enum { ERRS_KEPT = 1000 };

void errs_init(struct errs *errs);
void errs_done(struct errs *errs);

static inline size_t errs_errors(const struct errs *errs)
{
	return errs->counts[SEVERITY_ERROR];
}

/* The list takes over an arena that its errs point into, and frees it at the end. */
void errs_keep(struct errs *errs, struct arena *arena);

/* The input cannot be read at all: exit 2. */
void errs_set_unreadable(struct errs *errs, struct err *err);

/* Adds one and returns it to be filled in with the functions below; never NULL. Valid until
 * the next errs_add(). */
struct err *errs_add(struct errs *errs, enum severity severity, const char *code, struct src at);

void err_path(struct errs *errs, struct err *err, const char *fmt, ...) _printf_(3, 4);
void err_say(struct errs *errs, struct err *err, const char *fmt, ...) _printf_(3, 4);
void err_hint(struct errs *errs, struct err *err, const char *fmt, ...) _printf_(3, 4);

/* Sorted by file and line, the order in which a reader mends them; stable. */
void errs_sort(struct errs *errs);

/* Appends copies of all of from's, which stays as it is. */
void errs_copy(struct errs *errs, const struct errs *from);

/* Moves the severity of an error and keeps the counts right. */
void errs_relax(struct errs *errs, struct err *err, const char *exception);

int src_compare(struct src a, struct src b);
