/* See err.h. */
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

void errs_init(struct errs *errs)
{
	*errs = (struct errs){ .arena = arena_new() };
}

void errs_done(struct errs *errs)
{
	vec_each(arena, &errs->kept)
		arena_free(*arena);
	arena_free(errs->arena);
	*errs = (struct errs){ 0 };
}

void errs_keep(struct errs *errs, struct arena *arena)
{
	*vec_add(errs->arena, &errs->kept) = arena;
}

void errs_set_unreadable(struct errs *errs, struct err *err)
{
	err->kind = ERR_UNREADABLE;
	errs->unreadable = true;
}

struct err *errs_add(struct errs *errs, enum severity severity, const char *code, struct src at)
{
	struct err *err;

	errs->counts[severity]++;
	if (errs->list.count == ERRS_KEPT)
		err = arena_make(errs->arena, struct err); /* counted, filled in, forgotten */
	else
		err = vec_add(errs->arena, &errs->list);
	*err = (struct err){ .severity = severity, .code = code, .at = at, .message = "" };
	return err;
}

void err_path(struct errs *errs, struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err->path = arena_vprintf(errs->arena, fmt, args);
	va_end(args);
}

void err_say(struct errs *errs, struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err->message = arena_vprintf(errs->arena, fmt, args);
	va_end(args);
}

void err_hint(struct errs *errs, struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err->hint = arena_vprintf(errs->arena, fmt, args);
	va_end(args);
}

int src_compare(struct src a, struct src b)
{
	int order = 0;

	if (a.file && b.file && a.file != b.file)
		order = strcmp(a.file, b.file);
	else if (!a.file != !b.file)
		order = a.file ? 1 : -1;
	if (order == 0)
		order = (a.line > b.line) - (a.line < b.line);
	return order;
}

/* Insertion sort: stable, and the list is short and nearly sorted. */
void errs_sort(struct errs *errs)
{
	struct err *items = errs->list.items;

	for (size_t i = 1; i < errs->list.count; i++) {
		struct err moved = items[i];
		size_t at = i;

		for (; at > 0 && src_compare(items[at - 1].at, moved.at) > 0; at--)
			items[at] = items[at - 1];
		items[at] = moved;
	}
}

void errs_copy(struct errs *errs, const struct errs *from)
{
	vec_each(err, &from->list) {
		struct err *copy = errs_add(errs, err->severity, err->code, err->at);
		struct arena *arena = errs->arena;

		*copy = *err;
		copy->at.file = arena_strdup(arena, err->at.file);
		copy->also.file = arena_strdup(arena, err->also.file);
		copy->path = arena_strdup(arena, err->path);
		copy->message = arena_strdup(arena, err->message);
		copy->hint = arena_strdup(arena, err->hint);
		copy->exception = arena_strdup(arena, err->exception);
	}
	errs->unreadable |= from->unreadable;
}

void errs_relax(struct errs *errs, struct err *err, const char *exception)
{
	errs->counts[err->severity]--;
	err->severity = SEVERITY_EXCEPTION;
	err->exception = exception;
	errs->counts[err->severity]++;
}
